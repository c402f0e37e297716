-- What the workers share about relays, groups of recipient domains and editions: `relay:HOST:PORT`, `group:NAME`,
-- `edition:ID`. A row is made when a scope is first limited or first in trouble.
CREATE TABLE rate_scopes (
    scope TEXT PRIMARY KEY,
    -- the next free place in its rate
    next_at BIGINT NOT NULL,
    -- who takes from it: worker to the time it last did, JSON
    sharers TEXT NOT NULL,
    -- left alone, by its own answers; how often in a row; since when this is so
    paused_until BIGINT,
    level BIGINT NOT NULL,
    why TEXT,
    changed_at BIGINT NOT NULL,
    -- warm-up: the UTC day of the last mails, on how many days before it there were any, how many it has had
    warm_day BIGINT NOT NULL,
    warm_days BIGINT NOT NULL,
    warm_taken BIGINT NOT NULL
);

-- What operators set while the service runs, over lamplighter.toml; and the spread of an edition.
CREATE TABLE rate_settings (
    scope TEXT PRIMARY KEY,
    connections BIGINT,
    rate BIGINT,
    per_hour BIGINT,
    per_day BIGINT,
    -- microseconds between two mails of an edition that is spread over a time
    spread_us BIGINT,
    held_until BIGINT,
    held_why TEXT,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- Mails by the time at which they were allowed: what the sliding hour and day are summed up from.
CREATE TABLE rate_counts (
    scope TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('minute', 'quarter')),
    at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (scope, grain, at)
);
CREATE INDEX rate_counts_by_time ON rate_counts (at);

-- One run of an edition by group, as all workers see it: what the brake judges.
CREATE TABLE rate_runs (
    edition_id BIGINT NOT NULL,
    mail_group TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    hard BIGINT NOT NULL,
    policy BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (edition_id, mail_group)
);

-- Moves on with each pause and each setting: whoever has seen this number has seen them all.
CREATE TABLE rate_version (
    id BIGINT PRIMARY KEY CHECK (id IN (1)),
    version BIGINT NOT NULL
);
INSERT INTO rate_version (id, version) VALUES (1, 0);
