-- How far an import of a file has come: written with each batch, so that the same command goes on where it stopped.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- of the file's bytes and the options
    digest TEXT NOT NULL,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    rows_done INTEGER NOT NULL,
    -- where the next row begins, and the line it stands on
    byte_offset INTEGER NOT NULL,
    line INTEGER NOT NULL,
    -- totals so far, JSON
    totals TEXT NOT NULL,
    -- how much of the report per row belongs to these rows
    report_bytes INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX imports_unfinished ON imports (digest) WHERE finished_at IS NULL;

-- What is left of deliveries and exclusions whose detail is kept no longer.
CREATE TABLE delivery_counts (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    state TEXT NOT NULL CHECK (state IN ('accepted', 'failed', 'uncertain', 'suppressed', 'expired', 'excluded')),
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (edition_id, state, reason)
) STRICT;

CREATE INDEX subscriptions_by_leaving ON subscriptions (left_at) WHERE state = 'left';
CREATE INDEX consents_with_network ON consents (given_at) WHERE ip_prefix IS NOT NULL OR confirmed_ip_prefix IS NOT NULL;
CREATE INDEX suppressions_by_expiry ON suppressions (expires_at) WHERE expires_at IS NOT NULL;

-- The lasting reason beneath an operator's or a temporary one: it stands again when that is removed or has expired.
ALTER TABLE suppressions ADD COLUMN under TEXT CHECK (under IN ('left', 'hard_bounce', 'complaint', 'erased'));
