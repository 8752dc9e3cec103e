-- The ledger itself. Events are appended by INSERT, whoever inserts them: the trigger puts each into
-- its place, and nothing changes or removes it afterwards.

-- One row for each release: how long its chain is and the hash of its last event. Whoever appends
-- holds this row until the end of the transaction, so that a chain grows by one writer at a time.
CREATE TABLE ops.chains (
    release_id uuid        PRIMARY KEY,
    length     bigint      NOT NULL CHECK (length > 0),
    head       bytea       NOT NULL CHECK (octet_length(head) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- One row for each event. The body is the event as canonical JSON (RFC 8785), the very text that is
-- hashed; the other columns say again what stands in it. `created_at` is the database's own clock.
CREATE TABLE ops.events (
    release_id      uuid        NOT NULL,
    sequence        bigint      NOT NULL CHECK (sequence > 0),
    idempotency_key text        NOT NULL COLLATE "C" UNIQUE,
    event_type      text        NOT NULL,
    source_system   text        NOT NULL,
    actor           text        NOT NULL,
    occurred_at     timestamptz NOT NULL,
    hash            bytea       NOT NULL CHECK (octet_length(hash) = 32),
    body            text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (release_id, sequence)
);

CREATE INDEX events_by_kind ON ops.events (event_type, occurred_at DESC);

-- The body of an event, to be read in SQL. What PostgreSQL cannot hold, the character U+0000, is
-- shown as U+FFFD; a backslash that is itself escaped begins no such character.
CREATE FUNCTION ops.readable(body text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE position('\u0000' IN body)
    WHEN 0 THEN body
    ELSE regexp_replace(body, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')
END::jsonb;

-- The hash of a link: SHA-256 over the canonical JSON of event, previous hash and sequence.
CREATE FUNCTION ops.link_hash(sequence bigint, previous bytea, body text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE -- as `convert_to` is; otherwise it would not be inlined
RETURN sha256(convert_to(
    '{"event":' || body
    || ',"previous":' || coalesce('"' || encode(previous, 'hex') || '"', 'null')
    || ',"sequence":' || sequence::text || '}', 'UTF8'));

-- Puts an event behind the end of its release's chain. Only the body counts of what was given.
CREATE FUNCTION ops.chain_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    event jsonb := ops.readable(NEW.body);
BEGIN
    NEW.release_id := event ->> 'release_id';
    NEW.idempotency_key := event ->> 'idempotency_key';
    NEW.event_type := event ->> 'event_type';
    NEW.source_system := event ->> 'source_system';
    NEW.actor := event ->> 'actor';
    NEW.occurred_at := event ->> 'occurred_at';
    NEW.created_at := now();
    UPDATE ops.chains AS chain
    SET length = chain.length + 1, head = ops.link_hash(chain.length + 1, chain.head, NEW.body)
    WHERE chain.release_id = NEW.release_id
    RETURNING chain.length, chain.head INTO NEW.sequence, NEW.hash;
    IF NOT FOUND THEN
        -- Somebody else may be as fast with the first event of the release.
        INSERT INTO ops.chains AS chain (release_id, length, head)
        VALUES (NEW.release_id, 1, ops.link_hash(1, NULL, NEW.body))
        ON CONFLICT (release_id) DO UPDATE
            SET length = chain.length + 1,
                head = ops.link_hash(chain.length + 1, chain.head, NEW.body)
        RETURNING chain.length, chain.head INTO NEW.sequence, NEW.hash;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER events_are_chained BEFORE INSERT ON ops.events
FOR EACH ROW EXECUTE FUNCTION ops.chain_event();

CREATE FUNCTION ops.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION ops.refuse_shrinking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.release_id <> OLD.release_id OR NEW.length <> OLD.length + 1 THEN
        RAISE EXCEPTION 'a chain only grows, by one event at a time'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE ON ops.events
FOR EACH ROW EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER events_are_never_emptied BEFORE TRUNCATE ON ops.events
FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER chains_only_grow BEFORE UPDATE ON ops.chains
FOR EACH ROW EXECUTE FUNCTION ops.refuse_shrinking();
CREATE TRIGGER chains_are_never_deleted BEFORE DELETE ON ops.chains
FOR EACH ROW EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER chains_are_never_emptied BEFORE TRUNCATE ON ops.chains
FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

-- Holds the chain of a release until the end of the transaction, if there is one yet.
CREATE FUNCTION ops.hold_chain(release uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM FROM ops.chains WHERE release_id = release FOR UPDATE;
END $$;

-- Appends events, all or none, and tells where each stands. An event that is there already keeps its
-- place; another one under its key is refused with the SQLSTATE `TG409` and the key as detail. The
-- chains are taken in the order of their releases, so that no two calls wait for each other.
CREATE FUNCTION ops.append(releases uuid[], keys text[], bodies text[])
RETURNS TABLE (place bigint, sequence bigint, hash bytea, recorded boolean)
LANGUAGE plpgsql SET search_path = pg_catalog SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    given   record;
    there   record;
    holding uuid;
BEGIN
    FOR given IN
        SELECT * FROM unnest(releases, keys, bodies)
            WITH ORDINALITY AS g (release_id, key, body, place)
        ORDER BY g.release_id, g.place
    LOOP
        IF holding IS DISTINCT FROM given.release_id THEN
            holding := given.release_id;
            PERFORM ops.hold_chain(holding);
        END IF;
        SELECT e.sequence, e.hash, e.body INTO there
        FROM ops.events AS e WHERE e.idempotency_key = given.key;
        recorded := NOT FOUND;
        IF recorded THEN
            INSERT INTO ops.events AS e (body) VALUES (given.body)
            RETURNING e.sequence, e.hash, e.body INTO there;
        ELSIF there.body <> given.body THEN
            RAISE EXCEPTION 'another event stands under the key %', given.key
                USING ERRCODE = 'TG409', DETAIL = given.key;
        END IF;
        place := given.place;
        sequence := there.sequence;
        hash := there.hash;
        RETURN NEXT;
    END LOOP;
END $$;

-- For people: every event with its place.
CREATE VIEW ops.log WITH (security_invoker = true) AS
SELECT release_id, sequence, occurred_at, event_type, actor, source_system, idempotency_key,
       ops.readable(body) -> 'payload' AS payload, encode(hash, 'hex') AS hash, created_at
FROM ops.events;
