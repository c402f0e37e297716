-- "Why was this story left out?" asks by its address, the gatherer for the newest of one source, an editor what an
-- article is linked with. A longer address would not fit into a row of PostgreSQL's index; those are few.
CREATE INDEX articles_by_url ON articles (url) WHERE LENGTH(url) <= 600;
CREATE INDEX articles_by_long_url ON articles (id) WHERE LENGTH(url) > 600;
CREATE INDEX articles_by_source ON articles (source_id, first_seen_at);
CREATE INDEX article_links_by_other ON article_links (other_id);
-- What an article is to each publication; what is held, and what was folded of late, are few.
CREATE INDEX candidates_by_article ON candidates (article_id);
CREATE INDEX candidates_held ON candidates (article_id) WHERE state = 'held';
CREATE INDEX candidates_folded ON candidates (changed_at) WHERE state = 'folded';
CREATE INDEX candidates_unfiled ON candidates (article_id) WHERE section_id IS NULL AND state IN ('pool', 'held');
