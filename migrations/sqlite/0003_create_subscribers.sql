CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- as typed, for sending
    email TEXT NOT NULL,
    -- canonical form, for uniqueness
    email_key TEXT NOT NULL UNIQUE,
    -- keyed digest of the canonical form: how the suppression list names this address
    address_hash TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX subscribers_by_hash ON subscribers (address_hash);

CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    state TEXT NOT NULL CHECK (state IN ('active', 'left')),
    -- JSON array of section slugs; NULL is all of them
    sections TEXT,
    time_zone TEXT,
    -- local hour of delivery; NULL is the publication's send time
    hour INTEGER CHECK (hour BETWEEN 0 AND 23),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    left_at INTEGER,
    left_reason TEXT,
    UNIQUE (subscriber_id, publication_id)
) STRICT;
CREATE INDEX subscriptions_by_publication ON subscriptions (publication_id, state, subscriber_id);

-- Sign-ups that nobody has confirmed yet live apart from subscribers, and are purged.
CREATE TABLE pending_signups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    sections TEXT,
    time_zone TEXT,
    hour INTEGER,
    language TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('form', 'api', 'import')),
    token_hash TEXT NOT NULL UNIQUE,
    consent_version TEXT NOT NULL,
    consent_text TEXT NOT NULL,
    form_url TEXT NOT NULL,
    ip_prefix TEXT,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    mailed_at INTEGER,
    confirmed_at INTEGER,
    UNIQUE (publication_id, email_key)
) STRICT;
CREATE INDEX pending_signups_by_expiry ON pending_signups (expires_at);

CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    source TEXT NOT NULL CHECK (source IN ('form', 'api', 'import', 'operator')),
    text_version TEXT NOT NULL,
    text TEXT NOT NULL,
    form_url TEXT NOT NULL,
    ip_prefix TEXT,
    given_at INTEGER NOT NULL,
    confirmed_at INTEGER
) STRICT;
CREATE INDEX consents_by_subscriber ON consents (subscriber_id);

-- Keyed hashes of addresses that must not be mailed; survives the deletion of the subscriber.
CREATE TABLE suppressions (
    address_hash TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason IN ('left', 'hard_bounce', 'complaint', 'erased', 'operator', 'not_me')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
