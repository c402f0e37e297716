-- what a reader may choose beside sections and hour
-- 0 is Monday: the edition of that day alone, once a week; NULL is every edition
ALTER TABLE subscriptions ADD COLUMN weekday INTEGER CHECK (weekday BETWEEN 0 AND 6);
-- an edition with fewer stories is left out
ALTER TABLE subscriptions ADD COLUMN stories_min INTEGER CHECK (stories_min BETWEEN 2 AND 99);
-- nothing comes before this instant
ALTER TABLE subscriptions ADD COLUMN paused_until INTEGER;
-- what a reader answered after leaving, if asked
ALTER TABLE subscriptions ADD COLUMN left_answer TEXT CHECK (left_answer IN ('too_many', 'not_interesting', 'never_signed_up', 'other'));
-- Few readers have such a wish: the seal reads these rows alone.
CREATE INDEX subscriptions_with_wishes ON subscriptions (publication_id, state, subscriber_id) WHERE paused_until IS NOT NULL OR weekday IS NOT NULL OR stories_min IS NOT NULL;

-- how many stories the mail of a choice has
ALTER TABLE seal_choices ADD COLUMN stories INTEGER NOT NULL DEFAULT 0;

-- A reader's change of address: the links in the two mails carry this number, signed. Both must be pressed.
CREATE TABLE address_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL UNIQUE REFERENCES subscribers (id) ON DELETE CASCADE,
    -- empty once it is done or stopped
    new_email TEXT NOT NULL,
    new_email_key TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    old_pressed_at INTEGER,
    new_pressed_at INTEGER,
    stopped_at INTEGER,
    done_at INTEGER
) STRICT;
CREATE INDEX address_changes_by_address ON address_changes (new_email_key);

-- Links that were mailed on request and open the data of a person; the number, signed, is the token.
CREATE TABLE personal_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX personal_links_by_subscriber ON personal_links (subscriber_id);

-- Where a subscription that was joined with another went, when two addresses became one: the links of the old one work on.
CREATE TABLE subscription_aliases (
    id INTEGER NOT NULL PRIMARY KEY,
    subscription_id INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX subscription_aliases_by_target ON subscription_aliases (subscription_id);
