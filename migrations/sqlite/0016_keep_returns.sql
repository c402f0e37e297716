-- What came back: by mail, by a provider's hook, or as a refusal while sending. One row for each delivery and kind of
-- outcome, however often it is told. No address stands here.
CREATE TABLE returns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- what makes it the same one told again
    event_key TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('smtp', 'pipe', 'lmtp', 'maildir', 'imap', 'ses', 'postmark', 'mailgun', 'sendgrid')),
    kind TEXT NOT NULL CHECK (kind IN ('refusal', 'bounce', 'delay', 'complaint', 'leave', 'autoreply', 'challenge')),
    class TEXT NOT NULL CHECK (class IN ('hard', 'soft', 'policy', 'block', 'challenge', 'autoreply', 'complaint', 'unknown')),
    reason TEXT NOT NULL,
    -- what shows that it is about a mail of ours; 'none' is a stranger's claim, and changes nothing
    proof TEXT NOT NULL CHECK (proof IN ('smtp', 'sender', 'message_id', 'list_unsubscribe', 'provider', 'none')),
    effect TEXT NOT NULL CHECK (effect IN ('suppressed', 'counted', 'left', 'noted', 'outdated', 'unproved')),
    delivery_id INTEGER,
    edition_id INTEGER REFERENCES editions (id),
    subscriber_id INTEGER,
    mail_group TEXT NOT NULL,
    domain TEXT NOT NULL,
    code INTEGER,
    enhanced TEXT,
    reply TEXT NOT NULL,
    remote_mta TEXT
) STRICT;
CREATE INDEX returns_by_time ON returns (at);
CREATE INDEX returns_by_class ON returns (class, mail_group, at);
CREATE INDEX returns_unproved ON returns (at) WHERE proof = 'none';
CREATE INDEX returns_by_edition ON returns (edition_id, class) WHERE edition_id IS NOT NULL;
CREATE INDEX returns_by_subscriber ON returns (subscriber_id) WHERE subscriber_id IS NOT NULL;

-- Passing failures in a row; a delivery between two of them begins anew.
CREATE TABLE soft_failures (
    subscriber_id INTEGER PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE,
    failures INTEGER NOT NULL,
    -- when the mails went out that failed first and last
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- How many of an ended edition's mails each provider's relay accepted: what rates are shares of.
CREATE TABLE delivery_tallies (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    mail_group TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    PRIMARY KEY (edition_id, mail_group)
) STRICT;

-- Refusals that nobody has judged yet.
ALTER TABLE deliveries ADD COLUMN judged INTEGER NOT NULL DEFAULT 0 CHECK (judged IN (0, 1));
CREATE INDEX deliveries_unjudged ON deliveries (id) WHERE state IN ('failed', 'expired') AND judged = FALSE AND code IS NOT NULL;

-- What comes back while an edition is still going out counts for the brake, too.
ALTER TABLE rate_runs ADD COLUMN complaints INTEGER NOT NULL DEFAULT 0;

-- When the database was last copied to where it is safe.
CREATE TABLE backups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at INTEGER NOT NULL,
    -- NULL: made by other means, and noted
    bytes INTEGER
) STRICT;

-- Chance numbers of hooks whose signature covers nothing else: each serves once.
CREATE TABLE hook_tokens (
    digest TEXT PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX hook_tokens_by_time ON hook_tokens (used_at);
