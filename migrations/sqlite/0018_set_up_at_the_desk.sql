-- What newsroom.toml said of a thing the last time (JSON): a change at the desk is told from one in the file by it. NULL: made
-- at the desk. '{}': declared by an older program, which kept nothing.
ALTER TABLE publications ADD COLUMN declared TEXT;
ALTER TABLE sections ADD COLUMN declared TEXT;
ALTER TABLE slots ADD COLUMN declared TEXT;
ALTER TABLE publication_sources ADD COLUMN declared TEXT;
UPDATE publications SET declared = '{}';
UPDATE sections SET declared = '{}' WHERE archived_at IS NULL;
UPDATE slots SET declared = '{}' WHERE archived_at IS NULL;
UPDATE publication_sources SET declared = '{}' WHERE declared_by = 'file';

-- How a publication looks.
ALTER TABLE publications ADD COLUMN footer_text TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN postal_address TEXT;
ALTER TABLE publications ADD COLUMN accent_dark TEXT;
ALTER TABLE publications ADD COLUMN logo_digest TEXT;
ALTER TABLE publications ADD COLUMN logo_alt TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN logo_width INTEGER NOT NULL DEFAULT 180;

-- Pictures of our own; mails that went out show them for as long as they are kept.
CREATE TABLE logos (
    -- SHA-256 of the bytes, and their address
    digest TEXT NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg')),
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    -- base64
    body TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

-- Doctor's visits that were asked for at the desk.
CREATE TABLE visits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- JSON
    findings TEXT,
    error TEXT
) STRICT;

-- What each job of the house did last, whichever process did it.
CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    next_at INTEGER,
    error TEXT,
    error_at INTEGER
) STRICT;

ALTER TABLE backups ADD COLUMN file TEXT;
