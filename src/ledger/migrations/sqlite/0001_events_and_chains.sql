-- Every table is STRICT, so that a value of a wrong type is damage that integrity_check names.

-- One row for each release: how long its chain is and the hash of its last event. A chain that
-- lost its tail no longer fits its row.
CREATE TABLE chains (
    id         INTEGER PRIMARY KEY,
    release_id TEXT    NOT NULL UNIQUE,
    length     INTEGER NOT NULL,
    head       BLOB    NOT NULL
) STRICT;

-- One row for each event. The id is chain * 2^32 + sequence, so a release's events lie side by
-- side, in order, and no two processes can write the same place. The body is the event as
-- canonical JSON (RFC 8785), the very text that is hashed; the key is there a second time so that
-- it can be unique.
CREATE TABLE events (
    id   INTEGER PRIMARY KEY,
    key  TEXT    NOT NULL UNIQUE,
    hash BLOB    NOT NULL,
    body TEXT    NOT NULL
) STRICT;

-- One row: SHA-256 of each of 64 stripes of the file, written when the ledger is closed, all
-- zeros while it is open. The writer is the number of the SQLite library that closed it.
CREATE TABLE seal (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    writer  INTEGER NOT NULL,
    stripes BLOB    NOT NULL
) STRICT;
INSERT INTO seal (id, writer, stripes) VALUES (1, 3000000, zeroblob(2048));

CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

CREATE TRIGGER chains_only_grow BEFORE UPDATE ON chains
WHEN NEW.length < OLD.length OR NEW.id <> OLD.id OR NEW.release_id <> OLD.release_id
BEGIN SELECT RAISE(ABORT, 'a chain only grows'); END;

CREATE TRIGGER chains_are_never_deleted BEFORE DELETE ON chains
BEGIN SELECT RAISE(ABORT, 'chains are never deleted'); END;

-- For people with the sqlite3 program: every event with its place.
CREATE VIEW log AS
SELECT chains.release_id,
       events.id & 0xffffffff             AS sequence,
       events.body ->> '$.occurred_at'    AS occurred_at,
       events.body ->> '$.event_type'     AS event_type,
       events.body ->> '$.actor'          AS actor,
       events.key,
       events.body -> '$.payload'         AS payload,
       lower(hex(events.hash))            AS hash
FROM events JOIN chains ON chains.id = events.id >> 32;
