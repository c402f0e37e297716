-- a second link that works: the reminder's, or that of an earlier mail; only digests of links are kept
ALTER TABLE pending_signups ADD COLUMN reminded_at BIGINT;
ALTER TABLE pending_signups ADD COLUMN other_token_hash TEXT;
CREATE UNIQUE INDEX pending_signups_by_other_link ON pending_signups (other_token_hash) WHERE other_token_hash IS NOT NULL;
CREATE INDEX pending_signups_by_address ON pending_signups (email_key);
CREATE INDEX pending_signups_to_remind ON pending_signups (mailed_at) WHERE confirmed_at IS NULL AND reminded_at IS NULL AND mailed_at IS NOT NULL;

-- the network the confirmation came from; ip_prefix is the sign-up's
ALTER TABLE consents ADD COLUMN confirmed_ip_prefix TEXT;

-- when a mail that a visitor's sign-up caused last went to an address, and how many in the day that began then;
-- named by the keyed digest of the address, pruned after two days
CREATE TABLE sign_up_mails (
    address_hash TEXT NOT NULL PRIMARY KEY,
    last_at BIGINT NOT NULL,
    day_began_at BIGINT NOT NULL,
    mails BIGINT NOT NULL
);
CREATE INDEX sign_up_mails_by_time ON sign_up_mails (last_at);

-- what a mail is made from when its turn comes, JSON; then body_text and body_html are empty
ALTER TABLE outbox ADD COLUMN data TEXT;
