-- Sessions can be listed and ended one by one, and may wait for a second step. Whoever is logged in logs in once more.
DROP TABLE sessions;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL UNIQUE,
    operator_id INTEGER NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    -- what it is good for: typing the code of the second step, setting that up, or everything
    stage TEXT NOT NULL CHECK (stage IN ('code', 'set_up', 'open')),
    -- in a few words, and as a network: enough to know one's own again
    browser TEXT NOT NULL,
    network TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_operator ON sessions (operator_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- The second step at the log-in (RFC 6238): the secret in base32, and since when; one that is offered and not yet proved; the
-- last span of 30 seconds whose code was taken.
ALTER TABLE operators ADD COLUMN totp_secret TEXT;
ALTER TABLE operators ADD COLUMN totp_since INTEGER;
ALTER TABLE operators ADD COLUMN totp_offered TEXT;
ALTER TABLE operators ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    operator_id INTEGER NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX recovery_codes_by_operator ON recovery_codes (operator_id);

-- One-time links with which a person chooses a password.
CREATE TABLE account_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    operator_id INTEGER NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    -- a later one took its place
    replaced_at INTEGER
) STRICT;
CREATE INDEX account_links_by_operator ON account_links (operator_id);

-- who made a key (nobody: the command line), until when it opens, and in which hour it last did
ALTER TABLE api_tokens ADD COLUMN made_by INTEGER REFERENCES operators (id);
ALTER TABLE api_tokens ADD COLUMN expires_at INTEGER;
ALTER TABLE api_tokens ADD COLUMN last_used_at INTEGER;

-- The trail is read by time, by doer, by deed, by what it was done to; and nothing in it is ever changed.
DROP INDEX audit_events_by_subject;
CREATE INDEX audit_events_by_subject ON audit_events (subject_kind, subject_id, at, id);
CREATE INDEX audit_events_by_subject_kind ON audit_events (subject_kind, at, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor_kind, actor_id, at, id);
CREATE INDEX audit_events_by_verb ON audit_events (verb, at, id);
CREATE INDEX audit_events_by_time ON audit_events (at, id);
CREATE TRIGGER audit_events_keep BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only: nothing in it is changed');
END;
CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only: nothing is taken out of it');
END;
-- REPLACE takes a row out without the trigger above.
CREATE TRIGGER audit_events_add BEFORE INSERT ON audit_events WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the trail is append-only: nothing in it is replaced');
END;
