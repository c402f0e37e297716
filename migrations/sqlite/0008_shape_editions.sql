-- Who approves: a second pair of eyes is a third way. A column's own CHECK goes with the column.
ALTER TABLE publications ADD COLUMN approved_how TEXT NOT NULL DEFAULT 'auto' CHECK (approved_how IN ('auto', 'manual', 'four_eyes'));
UPDATE publications SET approved_how = approval;
ALTER TABLE publications DROP COLUMN approval;
ALTER TABLE publications RENAME COLUMN approved_how TO approval;
-- the top story goes to readers of other sections too
ALTER TABLE publications ADD COLUMN top_to_all INTEGER NOT NULL DEFAULT 1 CHECK (top_to_all IN (0, 1));
ALTER TABLE publications ADD COLUMN breaking_per_day_max INTEGER NOT NULL DEFAULT 3;
-- what a story gains by its section, in percent of the usual
ALTER TABLE sections ADD COLUMN weight_percent INTEGER NOT NULL DEFAULT 100;
-- minutes after local midnight; NULL is the publication's late_send_limit_minutes after the send time
ALTER TABLE slots ADD COLUMN latest_send_minute INTEGER CHECK (latest_send_minute BETWEEN 0 AND 1439);

-- what the newsroom itself says of an article: it cannot wait for the evening; it stays in front
ALTER TABLE articles ADD COLUMN breaking INTEGER NOT NULL DEFAULT 0 CHECK (breaking IN (0, 1));
ALTER TABLE articles ADD COLUMN sticky INTEGER NOT NULL DEFAULT 0 CHECK (sticky IN (0, 1));
-- since when the newsroom says that it is
ALTER TABLE articles ADD COLUMN breaking_at INTEGER;
CREATE INDEX articles_breaking ON articles (breaking_at) WHERE breaking_at IS NOT NULL;

-- breaking news go to those alone who chose them
ALTER TABLE subscriptions ADD COLUMN breaking INTEGER NOT NULL DEFAULT 0 CHECK (breaking IN (0, 1));
ALTER TABLE pending_signups ADD COLUMN breaking INTEGER NOT NULL DEFAULT 0 CHECK (breaking IN (0, 1));

ALTER TABLE editions ADD COLUMN kind TEXT NOT NULL DEFAULT 'regular' CHECK (kind IN ('regular', 'extra', 'breaking', 'correction'));
UPDATE editions SET kind = 'extra' WHERE slot_id IS NULL;
-- of a correction mail: the edition that was wrong
ALTER TABLE editions ADD COLUMN corrects_id INTEGER REFERENCES editions (id);
-- JSON array of subjects to choose from
ALTER TABLE editions ADD COLUMN subjects TEXT NOT NULL DEFAULT '[]';
-- who wrote them; NULL is the composer, and lets it write them anew
ALTER TABLE editions ADD COLUMN subject_by TEXT;
ALTER TABLE editions ADD COLUMN preheader_by TEXT;
-- the first of two pairs of eyes
ALTER TABLE editions ADD COLUMN reviewed_by TEXT;
ALTER TABLE editions ADD COLUMN reviewed_at INTEGER;
-- when the editors were mailed the draft, and when they were told that nobody has approved it
ALTER TABLE editions ADD COLUMN announced_at INTEGER;
ALTER TABLE editions ADD COLUMN reminded_at INTEGER;
-- what asking the web about the links and images of the draft found, JSON; as of which revision and when
ALTER TABLE editions ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';
ALTER TABLE editions ADD COLUMN findings_revision INTEGER;
-- the health of each source at the cutoff, JSON
ALTER TABLE editions ADD COLUMN sources TEXT NOT NULL DEFAULT '[]';

ALTER TABLE edition_items ADD COLUMN place TEXT NOT NULL DEFAULT 'full' CHECK (place IN ('top', 'full', 'headline', 'overflow', 'hidden', 'missed'));
UPDATE edition_items SET place = placement;
ALTER TABLE edition_items DROP COLUMN placement;
ALTER TABLE edition_items RENAME COLUMN place TO placement;
-- why it stands where it stands, when neither the score nor the room says so
ALTER TABLE edition_items ADD COLUMN placement_reason TEXT NOT NULL DEFAULT '';
-- who placed it; NULL is the composer, and lets it place it anew
ALTER TABLE edition_items ADD COLUMN placement_by TEXT;
-- the place in the order that an editor gave it; NULL is by score
ALTER TABLE edition_items ADD COLUMN pinned INTEGER;
ALTER TABLE edition_items ADD COLUMN origin TEXT NOT NULL DEFAULT 'claim' CHECK (origin IN ('claim', 'carried_over', 'late', 'archive'));
-- the image that an editor chose, JSON: {"url", "alt", "caption", "credit"}, or "none"; NULL is the article's own
ALTER TABLE edition_items ADD COLUMN image TEXT;

-- the revision that the change made; 0 for what was recorded before this column was there
ALTER TABLE edition_events ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- What an editor wants of an article before there is a draft; the claim carries it out.
CREATE TABLE edition_intents (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    pinned INTEGER,
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
    headline TEXT,
    excerpt TEXT,
    note TEXT,
    image TEXT,
    actor TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (edition_id, article_id)
) STRICT;

-- A further kind of claim. Nothing refers to this table, so that it can be made anew.
CREATE TABLE claims_of_three_kinds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    story_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('news', 'correction', 'breaking')),
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    claimed_at INTEGER NOT NULL,
    -- what the article was before, and is again if the claim is given up
    taken_from TEXT NOT NULL DEFAULT 'pool' CHECK (taken_from IN ('pool', 'held', 'dismissed', 'baseline')),
    UNIQUE (publication_id, story_key, kind)
) STRICT;
INSERT INTO claims_of_three_kinds (id, publication_id, story_key, kind, edition_id, article_id, claimed_at) SELECT id, publication_id, story_key, kind, edition_id, article_id, claimed_at FROM claims;
DROP TABLE claims;
ALTER TABLE claims_of_three_kinds RENAME TO claims;
CREATE INDEX claims_by_edition ON claims (edition_id);
-- which edition has an article
CREATE INDEX claims_by_article ON claims (article_id);

-- What was wrong in an edition, and what is right.
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publications (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    -- the edition that carried it wrong
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    -- may be empty: a newsroom's own words in the article may name both
    was TEXT NOT NULL,
    now_reads TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at INTEGER NOT NULL,
    UNIQUE (publication_id, article_id, noted_at)
) STRICT;
CREATE INDEX corrections_by_edition ON corrections (edition_id);
CREATE INDEX corrections_by_article ON corrections (article_id);
-- Which editions showed an article, and which articles were corrected: asked at every tick.
CREATE INDEX edition_items_by_article ON edition_items (article_id);
CREATE INDEX articles_by_correction ON articles (corrected_at) WHERE corrected_at IS NOT NULL;

-- Links in the mail to the editors: who may decide about which edition.
CREATE TABLE review_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    operator_id INTEGER NOT NULL REFERENCES operators (id),
    created_at INTEGER NOT NULL,
    UNIQUE (edition_id, operator_id)
) STRICT;

-- the articles that a frozen mail shows, a JSON array of their ids: who got what is known when one of them is corrected
ALTER TABLE edition_variants ADD COLUMN articles TEXT NOT NULL DEFAULT '[]';

-- What the distinct choices of an audience come to at the seal, so that one statement freezes everybody. A missing
-- choice is '' or -1, which no reader can choose, so that equality finds it.
CREATE TABLE seal_choices (
    edition_id INTEGER NOT NULL REFERENCES editions (id),
    sections TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    hour INTEGER NOT NULL,
    -- NULL leaves nothing to read
    variant TEXT,
    not_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (edition_id, sections, time_zone, hour)
) STRICT;
