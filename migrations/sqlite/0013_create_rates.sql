-- What the workers share about relays, groups of recipient domains and editions: `relay:HOST:PORT`, `group:NAME`,
-- `edition:ID`. A row is made when a scope is first limited or first in trouble.
CREATE TABLE rate_scopes (
    scope TEXT PRIMARY KEY,
    -- the next free place in its rate
    next_at INTEGER NOT NULL,
    -- who takes from it: worker to the time it last did, JSON
    sharers TEXT NOT NULL,
    -- left alone, by its own answers; how often in a row; since when this is so
    paused_until INTEGER,
    level INTEGER NOT NULL,
    why TEXT,
    changed_at INTEGER NOT NULL,
    -- warm-up: the UTC day of the last mails, on how many days before it there were any, how many it has had
    warm_day INTEGER NOT NULL,
    warm_days INTEGER NOT NULL,
    warm_taken INTEGER NOT NULL
) STRICT;

-- What operators set while the service runs, over lamplighter.toml; and the spread of an edition.
CREATE TABLE rate_settings (
    scope TEXT PRIMARY KEY,
    connections INTEGER,
    rate INTEGER,
    per_hour INTEGER,
    per_day INTEGER,
    -- microseconds between two mails of an edition that is spread over a time
    spread_us INTEGER,
    held_until INTEGER,
    held_why TEXT,
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL
) STRICT;

-- Mails by the time at which they were allowed: what the sliding hour and day are summed up from.
CREATE TABLE rate_counts (
    scope TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('minute', 'quarter')),
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (scope, grain, at)
) STRICT;
CREATE INDEX rate_counts_by_time ON rate_counts (at);

-- One run of an edition by group, as all workers see it: what the brake judges.
CREATE TABLE rate_runs (
    edition_id INTEGER NOT NULL,
    mail_group TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    hard INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (edition_id, mail_group)
) STRICT;

-- Moves on with each pause and each setting: whoever has seen this number has seen them all.
CREATE TABLE rate_version (
    id INTEGER PRIMARY KEY CHECK (id IN (1)),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO rate_version (id, version) VALUES (1, 0);
