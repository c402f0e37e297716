CREATE TABLE articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- articles that tell one story share it: a claim is on the story, not on the copy of it
    story_key TEXT NOT NULL,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    dek TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    body_text TEXT NOT NULL,
    -- JSON array of names
    authors TEXT NOT NULL,
    section TEXT NOT NULL,
    -- JSON array of names
    categories TEXT NOT NULL,
    -- JSON array of {title, url, byline}: what the article itself lists as related
    related TEXT NOT NULL,
    image_url TEXT,
    image_alt TEXT NOT NULL,
    image_caption TEXT NOT NULL,
    image_credit TEXT NOT NULL,
    language TEXT NOT NULL,
    word_count INTEGER NOT NULL,
    published_at INTEGER,
    updated_at INTEGER,
    first_seen_at INTEGER NOT NULL,
    eligible_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    gone_at INTEGER
) STRICT;
CREATE INDEX articles_by_story ON articles (story_key);

-- An article has several permanent keys; none is ever deleted.
CREATE TABLE article_keys (
    key TEXT NOT NULL PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX article_keys_by_article ON article_keys (article_id);

CREATE TABLE sightings (
    article_id INTEGER NOT NULL REFERENCES articles (id),
    source_id INTEGER NOT NULL REFERENCES sources (id),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (article_id, source_id)
) STRICT;
CREATE INDEX sightings_by_source ON sightings (source_id, last_seen_at);

CREATE TABLE article_revisions (
    article_id INTEGER NOT NULL REFERENCES articles (id),
    number INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    -- the article as it read, as JSON
    content TEXT NOT NULL,
    PRIMARY KEY (article_id, number)
) STRICT;

CREATE TABLE fetches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('fetched', 'unchanged', 'failed')),
    http_status INTEGER,
    entries INTEGER NOT NULL,
    articles_new INTEGER NOT NULL,
    articles_revised INTEGER NOT NULL,
    bozo TEXT,
    error TEXT
) STRICT;
CREATE INDEX fetches_by_source ON fetches (source_id, started_at);

-- One row for each article that a publication has seen: its one state there. Conservation by construction.
CREATE TABLE candidates (
    publication_id INTEGER NOT NULL REFERENCES publications (id) ON DELETE CASCADE,
    article_id INTEGER NOT NULL REFERENCES articles (id),
    story_key TEXT NOT NULL,
    section_id INTEGER REFERENCES sections (id) ON DELETE SET NULL,
    state TEXT NOT NULL CHECK (state IN ('pool', 'claimed', 'held', 'dismissed', 'baseline', 'gone', 'folded')),
    reason TEXT NOT NULL,
    eligible_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (publication_id, article_id)
) STRICT;
CREATE INDEX candidates_by_state ON candidates (publication_id, state, eligible_at);
