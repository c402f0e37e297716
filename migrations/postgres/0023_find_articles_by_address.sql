-- "Why was this story left out?" asks by its address, the gatherer for the newest of one source, an editor what an
-- article is linked with.
CREATE INDEX articles_by_url ON articles (url);
CREATE INDEX articles_by_source ON articles (source_id, first_seen_at);
CREATE INDEX article_links_by_other ON article_links (other_id);
