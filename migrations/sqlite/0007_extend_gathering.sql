-- Further kinds of source. A column's own CHECK goes with the column, so that no table is rebuilt under its children.
ALTER TABLE sources ADD COLUMN reads TEXT NOT NULL DEFAULT 'feed' CHECK (reads IN ('feed', 'wordpress', 'sitemap', 'page', 'push'));
UPDATE sources SET reads = kind;
ALTER TABLE sources DROP COLUMN kind;
ALTER TABLE sources RENAME COLUMN reads TO kind;

-- whether the pages of its articles are read: auto is where the source itself says too little
ALTER TABLE sources ADD COLUMN pages TEXT NOT NULL DEFAULT 'auto' CHECK (pages IN ('auto', 'always', 'never'));
-- JSON object of CSS selectors that override what pages are read by
ALTER TABLE sources ADD COLUMN selectors TEXT NOT NULL DEFAULT '{}';
-- IANA name for dates without a zone; NULL is the publication's
ALTER TABLE sources ADD COLUMN time_zone TEXT;
-- the site says for good that the source is there now, and since when it says so
ALTER TABLE sources ADD COLUMN moved_to TEXT;
ALTER TABLE sources ADD COLUMN moved_since INTEGER;
ALTER TABLE sources ADD COLUMN paused_at INTEGER;
-- too much changed at once: what changed waits for an operator
ALTER TABLE sources ADD COLUMN quarantined_at INTEGER;
ALTER TABLE sources ADD COLUMN quarantine TEXT CHECK (quarantine IN ('rewritten', 'flood'));
ALTER TABLE sources ADD COLUMN quarantine_reason TEXT;
-- an operator accepted what changed: the next answer is taken as it is
ALTER TABLE sources ADD COLUMN released_at INTEGER;

-- a standby is read only while another source of the same section cannot be
ALTER TABLE publication_sources ADD COLUMN standby INTEGER NOT NULL DEFAULT 0 CHECK (standby IN (0, 1));
-- what an operator added is not removed by a file that does not name it
ALTER TABLE publication_sources ADD COLUMN declared_by TEXT NOT NULL DEFAULT 'file' CHECK (declared_by IN ('file', 'operator'));

ALTER TABLE fetches ADD COLUMN backfilled INTEGER NOT NULL DEFAULT 0;

-- Stretches of a source that were never seen: more appeared than its answer holds.
CREATE TABLE source_gaps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    -- the last good fetch before it, and the first after it
    after_at INTEGER NOT NULL,
    before_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE INDEX source_gaps_by_source ON source_gaps (source_id, closed_at);

-- Hosts that asked to be left alone for a while.
CREATE TABLE host_waits (
    host TEXT NOT NULL PRIMARY KEY,
    until_at INTEGER NOT NULL,
    http_status INTEGER NOT NULL
) STRICT;

-- The reading of an article's own page, and whether one is wanted.
CREATE TABLE article_pages (
    article_id INTEGER NOT NULL PRIMARY KEY REFERENCES articles (id),
    state TEXT NOT NULL CHECK (state IN ('wanted', 'read', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    read_at INTEGER,
    error TEXT,
    -- the source's own reading, JSON: a page adds to it and never replaces it for good
    source_reading TEXT NOT NULL,
    -- the page's reading, JSON
    page_reading TEXT
) STRICT;
CREATE INDEX article_pages_wanted ON article_pages (next_attempt_at) WHERE state = 'wanted';

ALTER TABLE articles ADD COLUMN agency TEXT NOT NULL DEFAULT '';
-- the newsroom's own words about a correction; empty without one
ALTER TABLE articles ADD COLUMN correction TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN corrected_at INTEGER;
CREATE INDEX articles_by_first_seen ON articles (first_seen_at);

-- what the step from this reading to the next was
ALTER TABLE article_revisions ADD COLUMN change TEXT NOT NULL DEFAULT 'material' CHECK (change IN ('typo', 'material', 'correction'));

-- Words of an article for comparing it with others: JSON object of stems and how often each stands there.
CREATE TABLE article_terms (
    article_id INTEGER NOT NULL PRIMARY KEY REFERENCES articles (id),
    terms TEXT NOT NULL
) STRICT;

-- An article (the later one) and another that it resembles.
CREATE TABLE article_links (
    article_id INTEGER NOT NULL REFERENCES articles (id),
    other_id INTEGER NOT NULL REFERENCES articles (id),
    kind TEXT NOT NULL CHECK (kind IN ('copy', 'update', 'related')),
    score_permille INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (article_id, other_id, kind)
) STRICT;

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
    token_id INTEGER NOT NULL REFERENCES api_tokens (id),
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- 0 while the first request is under way
    http_status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (token_id, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- A key of the API acts under its own number.
ALTER TABLE audit_events ADD COLUMN doer_kind TEXT NOT NULL DEFAULT 'system' CHECK (doer_kind IN ('operator', 'subscriber', 'visitor', 'system', 'token'));
UPDATE audit_events SET doer_kind = actor_kind;
ALTER TABLE audit_events DROP COLUMN actor_kind;
ALTER TABLE audit_events RENAME COLUMN doer_kind TO actor_kind;
