-- An edition's frozen audience in pieces that go out alike: one provider, one window of time. Each is a range of numbers;
-- next_id is where the next lease begins, so that taking some hundred readers changes one row.
CREATE TABLE delivery_waves (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    number INTEGER NOT NULL,
    mail_group TEXT NOT NULL,
    -- 0 the canary, 1 who had to wait the last time, 2 everybody else
    rank INTEGER NOT NULL CHECK (rank BETWEEN 0 AND 2),
    not_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    next_id INTEGER NOT NULL,
    readers INTEGER NOT NULL,
    -- until the canary has gone well
    is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1)),
    paused_at INTEGER,
    PRIMARY KEY (edition_id, number)
) STRICT;
CREATE INDEX delivery_waves_open ON delivery_waves (rank, not_before, edition_id, number) WHERE next_id <= last_id;

-- Ranges in the hands of a worker; without an owner, given back for whoever is next.
CREATE TABLE delivery_leases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    wave INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    owner TEXT
) STRICT;
CREATE INDEX delivery_leases_by_owner ON delivery_leases (owner);
CREATE INDEX delivery_leases_by_edition ON delivery_leases (edition_id);

-- The mail that each connection of a worker is about to send or is sending; PostgreSQL alone, SQLite has a file for it.
CREATE TABLE delivery_intents (
    owner TEXT NOT NULL,
    slot INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    PRIMARY KEY (owner, slot)
) STRICT;

ALTER TABLE deliveries ADD COLUMN wave INTEGER NOT NULL DEFAULT 0;
-- of the last attempt: the relay, its code and what it said
ALTER TABLE deliveries ADD COLUMN relay TEXT;
ALTER TABLE deliveries ADD COLUMN code INTEGER;
ALTER TABLE deliveries ADD COLUMN reply TEXT;

DROP INDEX deliveries_due;
DROP INDEX deliveries_in_hand;
DROP INDEX deliveries_by_edition;
UPDATE deliveries SET state = 'uncertain', reason = 'the worker stopped in the middle of the mail; it may have been accepted', finished_at = next_attempt_at, lease_owner = NULL, lease_until = NULL WHERE state = 'started';
UPDATE delivery_attempts SET outcome = 'uncertain', finished_at = started_at WHERE outcome = 'started';
UPDATE deliveries SET state = 'deferred', lease_owner = NULL, lease_until = NULL WHERE state IN ('queued', 'leased');
INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers) SELECT edition_id, 0, 'other', 2, MIN(next_attempt_at), MAX(expires_at), MIN(id), MAX(id), MAX(id) + 1, COUNT(*) FROM deliveries GROUP BY edition_id;
-- Only what is an exception: a million rows that wait for their turn or were accepted cost nothing here.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, id) WHERE state = 'deferred';
CREATE INDEX deliveries_in_hand ON deliveries (lease_owner) WHERE state = 'leased';
CREATE INDEX deliveries_apart ON deliveries (edition_id, state) WHERE state NOT IN ('queued', 'accepted');

-- Choices that may go out at the same time and expire at the same time have one of these.
ALTER TABLE seal_choices ADD COLUMN window_number INTEGER NOT NULL DEFAULT 0;
