CREATE TABLE editions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    -- NULL is an extra edition, made by hand outside any slot
    slot_id INTEGER REFERENCES slots (id),
    local_date TEXT NOT NULL,
    -- what the archive calls it: the local date, with -2, -3 for further editions of a day
    label TEXT NOT NULL,
    cutoff_at INTEGER NOT NULL,
    send_at INTEGER NOT NULL,
    latest_send_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved', 'sealed', 'sending', 'sent', 'skipped', 'cancelled', 'missed', 'aborted')),
    -- counts every change: an editor who changes revision 4 never overwrites revision 5
    revision INTEGER NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL,
    note TEXT NOT NULL,
    attention TEXT,
    late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    paused_at INTEGER,
    -- when the refresh of the sources before the cutoff was done
    collected_at INTEGER,
    approved_by TEXT,
    approved_at INTEGER,
    sealed_at INTEGER,
    finished_at INTEGER,
    content_hash TEXT,
    candidates_count INTEGER,
    prepared_count INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (publication_id, slot_id, local_date),
    UNIQUE (publication_id, label)
) STRICT;
CREATE INDEX editions_by_state ON editions (state, cutoff_at);

-- Membership in an edition is a claim: at most one for each publication, story and kind.
CREATE TABLE claims (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    story_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('news', 'correction')),
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    claimed_at INTEGER NOT NULL,
    UNIQUE (publication_id, story_key, kind)
) STRICT;
CREATE INDEX claims_by_edition ON claims (edition_id);

CREATE TABLE edition_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    position INTEGER NOT NULL,
    placement TEXT NOT NULL CHECK (placement IN ('top', 'full', 'headline', 'overflow', 'hidden')),
    section_id INTEGER REFERENCES sections (id) ON DELETE SET NULL,
    score_millis INTEGER NOT NULL,
    -- the score's addends, as JSON
    score_parts TEXT NOT NULL,
    -- the article as it read when it was claimed, as JSON
    story TEXT NOT NULL,
    headline TEXT,
    excerpt TEXT,
    note TEXT,
    UNIQUE (edition_id, article_id)
) STRICT;
CREATE INDEX edition_items_in_order ON edition_items (edition_id, position);

-- One rendered mail for each distinct choice of sections; frozen to the byte.
CREATE TABLE edition_variants (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    PRIMARY KEY (edition_id, key)
) STRICT;

CREATE TABLE edition_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX edition_events_by_edition ON edition_events (edition_id, id);

-- Who was considered at the seal and left out, by reason: candidates = prepared + excluded.
CREATE TABLE audience_exclusions (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    subscriber_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (edition_id, subscriber_id)
) STRICT;
