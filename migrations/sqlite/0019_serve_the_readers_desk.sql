-- What the desk asks of readers: found by address, domain and trouble; counted by day; brought in from a file.
CREATE INDEX subscribers_by_domain ON subscribers (substr(email_key, instr(email_key, '@') + 1), id);
CREATE INDEX subscriptions_by_joining ON subscriptions (publication_id, created_at);
CREATE INDEX returns_by_class_and_subscriber ON returns (class, subscriber_id) WHERE subscriber_id IS NOT NULL;
CREATE INDEX suppressions_by_time ON suppressions (created_at, address_hash);
CREATE INDEX outbox_by_recipient ON outbox (recipient_key, id);

-- The list by day, as it was counted then: whoever is forgotten later has been counted all the same.
CREATE TABLE reader_days (
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    -- on the publication's calendar
    day TEXT NOT NULL,
    -- sign-ups that asked
    asked INTEGER NOT NULL,
    -- new subscriptions
    joined INTEGER NOT NULL,
    -- left before, and confirmed anew
    returned INTEGER NOT NULL,
    -- of their own wish
    left_count INTEGER NOT NULL,
    bounced INTEGER NOT NULL,
    complained INTEGER NOT NULL,
    -- ended by the newsroom
    removed INTEGER NOT NULL,
    -- active ones who asked to be erased
    erased INTEGER NOT NULL,
    -- active subscriptions when it was last counted
    active INTEGER,
    -- counted on a later day, from what was still kept
    is_rebuilt INTEGER NOT NULL CHECK (is_rebuilt IN (0, 1)),
    counted_at INTEGER NOT NULL,
    PRIMARY KEY (publication_id, day)
) STRICT;

-- How many active readers chose a section; an empty slug are those who take all of them.
CREATE TABLE section_days (
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    section TEXT NOT NULL,
    day TEXT NOT NULL,
    readers INTEGER NOT NULL,
    PRIMARY KEY (publication_id, section, day)
) STRICT;

-- What the log of an import that goes on after an interruption had heard.
ALTER TABLE imports ADD COLUMN log TEXT;

-- A list that was brought to the desk, and what is done with it.
CREATE TABLE import_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    -- at most so many rows
    lines INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('uploading', 'uploaded', 'checking', 'checked', 'importing', 'done', 'cancelled', 'failed')),
    -- a slug
    publication TEXT,
    status TEXT CHECK (status IN ('confirmed', 'pending')),
    consent TEXT,
    rows_done INTEGER NOT NULL,
    -- JSON: totals, outcomes, the first lines that need a look
    checked TEXT,
    report TEXT,
    -- why it failed or was cancelled, in words
    why TEXT,
    -- who started it
    actor_kind TEXT NOT NULL,
    actor_id INTEGER,
    actor_role TEXT,
    -- the process that is at it, and when it last said so
    owner TEXT,
    owner_at INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX import_jobs_to_do ON import_jobs (state, id) WHERE state IN ('uploading', 'checking', 'importing');

-- The file, until the import has ended; base64.
CREATE TABLE import_chunks (
    job_id INTEGER NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT;
