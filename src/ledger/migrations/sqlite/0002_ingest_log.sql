-- What a server notes beside the ledger: events that it did not take, and tokens that were used.

-- One row for each key of an event that was not taken. It may lack anything else.
CREATE TABLE untaken (
    key           TEXT NOT NULL PRIMARY KEY,
    ingest_id     TEXT NOT NULL,
    event_type    TEXT,
    source_system TEXT,
    release_id    TEXT,
    status        TEXT NOT NULL CHECK (status IN ('rejected', 'error')),
    code          TEXT NOT NULL,
    detail        TEXT NOT NULL,
    caller        TEXT NOT NULL,
    created_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT, WITHOUT ROWID;

-- One row for each token that a job of GitHub Actions used: SHA-256 over its issuer and its id.
CREATE TABLE used_tokens (
    digest     BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_tokens_by_end ON used_tokens (expires_at);

-- What became of each key that was ever sent. What the ledger has was accepted.
CREATE VIEW event_ingest_log AS
SELECT key AS idempotency_key, body ->> '$.event_type' AS event_type,
       body ->> '$.source_system' AS source_system, body ->> '$.release_id' AS release_id,
       'accepted' AS status, NULL AS code, NULL AS detail, NULL AS caller, NULL AS ingest_id,
       NULL AS created_at
FROM events
UNION ALL
SELECT key, event_type, source_system, release_id, status, code, detail, caller, ingest_id, created_at
FROM untaken WHERE key NOT IN (SELECT key FROM events);

-- The file is another one than the one that was sealed.
UPDATE seal SET stripes = zeroblob(2048);
