CREATE TABLE publications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    site_name TEXT NOT NULL,
    site_url TEXT NOT NULL,
    from_mailbox TEXT,
    reply_to TEXT,
    accent_color TEXT NOT NULL,
    approval TEXT NOT NULL CHECK (approval IN ('auto', 'manual')),
    uncertain_policy TEXT NOT NULL CHECK (uncertain_policy IN ('hold', 'resend_once')),
    min_items INTEGER NOT NULL,
    full_items_max INTEGER NOT NULL,
    headline_items_max INTEGER NOT NULL,
    late_send_limit_minutes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;

CREATE TABLE sections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- JSON array of the names under which sources file this section
    aliases TEXT NOT NULL,
    archived_at INTEGER,
    UNIQUE (publication_id, slug)
) STRICT;

CREATE TABLE slots (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- bit 0 is Monday
    weekdays INTEGER NOT NULL CHECK (weekdays BETWEEN 1 AND 127),
    cutoff_minute INTEGER NOT NULL CHECK (cutoff_minute BETWEEN 0 AND 1439),
    send_minute INTEGER NOT NULL CHECK (send_minute BETWEEN 0 AND 1439),
    time_zone TEXT NOT NULL,
    -- JSON array of local dates without an edition
    holidays TEXT NOT NULL,
    -- a cutoff before this instant is not this slot's
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    UNIQUE (publication_id, name)
) STRICT;

CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('feed')),
    url TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    -- conditional requests: kept verbatim, as a pair
    etag TEXT,
    last_modified TEXT,
    validators_at INTEGER,
    body_hash TEXT,
    status TEXT NOT NULL CHECK (status IN ('new', 'ok', 'failing')),
    failures INTEGER NOT NULL DEFAULT 0,
    last_attempt_at INTEGER,
    last_success_at INTEGER,
    next_fetch_at INTEGER NOT NULL,
    last_error TEXT
) STRICT;

CREATE TABLE publication_sources (
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    section_id INTEGER REFERENCES sections (id) ON DELETE SET NULL,
    position INTEGER NOT NULL,
    first_fetch TEXT NOT NULL CHECK (first_fetch IN ('auto', 'news', 'baseline')),
    added_at INTEGER NOT NULL,
    PRIMARY KEY (publication_id, source_id)
) STRICT;
CREATE INDEX publication_sources_by_source ON publication_sources (source_id);
