-- a second link that works: the reminder's, or that of an earlier mail; only digests of links are kept
ALTER TABLE pending_signups ADD COLUMN reminded_at INTEGER;
ALTER TABLE pending_signups ADD COLUMN other_token_hash TEXT;
CREATE UNIQUE INDEX pending_signups_by_other_link ON pending_signups (other_token_hash) WHERE other_token_hash IS NOT NULL;
UPDATE pending_signups SET token_hash = substr(token_hash, 1, 32);
-- those whose mail a limit has put off
CREATE INDEX pending_signups_unmailed ON pending_signups (id) WHERE mailed_at IS NULL AND confirmed_at IS NULL;

-- the network the confirmation came from; ip_prefix is the sign-up's
ALTER TABLE consents ADD COLUMN confirmed_ip_prefix TEXT;

-- when a mail that a visitor's sign-up caused last went to an address, and how many in the day that began then;
-- named by the keyed digest of the address, pruned after two days
CREATE TABLE sign_up_mails (
    address_hash TEXT NOT NULL PRIMARY KEY,
    last_at INTEGER NOT NULL,
    day_began_at INTEGER NOT NULL,
    mails INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- what a mail is made from when its turn comes, JSON; then body_text and body_html are empty
ALTER TABLE outbox ADD COLUMN data TEXT;

-- the canonical form of the recipient, by which a person's mails are found and forgotten
ALTER TABLE outbox ADD COLUMN recipient_key TEXT;
UPDATE outbox SET recipient_key = LOWER(recipient);
