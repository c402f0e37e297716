-- Where programs of the newsroom are told what happens here, and what became of each telling. No address stands here.
CREATE TABLE webhook_endpoints (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    -- JSON: the kinds of events; an empty list is all of them
    events TEXT NOT NULL,
    -- what each telling is signed with, in base64; after a change the one before for a while
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'failing', 'disabled')),
    failing_since INTEGER,
    -- tries in a row that failed, of whatever event
    failures INTEGER NOT NULL DEFAULT 0,
    -- nothing is sent before
    paused_until INTEGER,
    lease_owner TEXT,
    lease_until INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- JSON
    data TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_events_by_time ON webhook_events (at);

CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id INTEGER NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('due', 'done', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    UNIQUE (endpoint_id, event_id)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, event_id) WHERE state = 'due';
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);

CREATE TABLE webhook_attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    -- NULL: no answer came
    status INTEGER,
    -- the first bytes of the answer, or why there was none
    answer TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id);
