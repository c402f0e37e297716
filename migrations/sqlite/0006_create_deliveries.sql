-- One row for each edition and subscriber; written once, at the seal.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    subscriber_id INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    variant TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'started', 'accepted', 'deferred', 'failed', 'uncertain', 'suppressed', 'expired')),
    -- why the state is what it is, in words an operator reads
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    finished_at INTEGER,
    UNIQUE (edition_id, subscriber_id)
) STRICT;
-- Only what waits, and only what is in hand: a million rows that have ended cost a lease nothing.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, id) WHERE state IN ('queued', 'deferred');
CREATE INDEX deliveries_in_hand ON deliveries (lease_owner) WHERE state IN ('leased', 'started');
CREATE INDEX deliveries_by_edition ON deliveries (edition_id, state);

-- Written before the deed (started), closed after it.
CREATE TABLE delivery_attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    relay TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('started', 'accepted', 'deferred', 'failed', 'not_sent', 'uncertain')),
    code INTEGER,
    enhanced TEXT,
    reply TEXT,
    PRIMARY KEY (delivery_id, number)
) STRICT;
