-- The journal of workers that share a database: what each connection is about to send, and what it knows to be accepted
-- before that is on record for good. SQLite has a file for it.
ALTER TABLE delivery_intents RENAME TO delivery_intents_before;
CREATE TABLE delivery_intents (
    owner TEXT NOT NULL,
    -- -1 says that there is an account
    slot INTEGER NOT NULL,
    delivery_id INTEGER,
    -- JSON arrays of deliveries
    accepted TEXT NOT NULL,
    doubted TEXT NOT NULL,
    PRIMARY KEY (owner, slot)
) STRICT;
INSERT INTO delivery_intents (owner, slot, delivery_id, accepted, doubted) SELECT owner, slot, delivery_id, '[]', '[]' FROM delivery_intents_before;
INSERT INTO delivery_intents (owner, slot, delivery_id, accepted, doubted) SELECT DISTINCT owner, -1, NULL, '[]', '[]' FROM delivery_intents_before;
DROP TABLE delivery_intents_before;
