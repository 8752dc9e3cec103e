-- Many events in one statement cost little more than one. What comes together is chained in one pass
-- and told to the tables as a set; the rows are those that it would make one by one.

-- Events that are chained already are left as they are. Only who may write every column can bring
-- such: the roles insert a body, and nothing else.
DROP TRIGGER events_are_chained ON ops.events;
CREATE TRIGGER events_are_chained BEFORE INSERT ON ops.events
FOR EACH ROW WHEN (NEW.hash IS NULL) EXECUTE FUNCTION ops.chain_event();

-- A chain grows by any number of events at once. What is wrong is seen before a function is called.
DROP TRIGGER chains_only_grow ON ops.chains;
CREATE OR REPLACE FUNCTION ops.refuse_shrinking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a chain only grows' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER chains_only_grow BEFORE UPDATE ON ops.chains FOR EACH ROW
WHEN (NEW.release_id <> OLD.release_id OR NEW.length <= OLD.length)
EXECUTE FUNCTION ops.refuse_shrinking();

-- Appends events as `ops.append` does, for a caller that tells what stands in the bodies and gives no
-- key twice: then nothing need be read to chain them. What is told wrongly is found by
-- `tollgate ledger verify`. For whom row-level security holds, the bodies alone count.
--
-- The chains are held in the order of their releases. A chain that somebody else begins at the same
-- time is waited for, and then the call fails as one that is to be made again.
CREATE FUNCTION ops.append_told(releases uuid[], keys text[], kinds text[], sources text[],
    actors text[], moments timestamptz[], bodies text[])
RETURNS TABLE (place bigint, sequence bigint, hash bytea, recorded boolean)
LANGUAGE plpgsql SET search_path = pg_catalog SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    nothing   text[]   := array_fill(NULL::text, ARRAY[cardinality(bodies)]);
    sequences bigint[] := nothing;
    hashes    bytea[]  := nothing;
    new_keys  text[]   := nothing;
    given     record;
    ends      int      := 0; -- how many chains grow; then which, and where each ends
    holding   uuid;
    longer    uuid[];
    lengths   bigint[];
    heads     bytea[];
    begun     int      := 0;
    written   int;
BEGIN
    IF row_security_active('ops.events') OR NOT has_table_privilege('ops.events', 'INSERT') THEN
        RETURN QUERY SELECT * FROM ops.append(releases, keys, bodies);
        RETURN;
    END IF;
    PERFORM FROM ops.chains WHERE release_id = ANY (releases) ORDER BY release_id FOR UPDATE;
    FOR given IN
        SELECT g.place, g.release_id, g.key, g.body, it.sequence, it.hash, it.body AS there,
               chain.length, chain.head
        FROM unnest(releases, keys, bodies) WITH ORDINALITY AS g (release_id, key, body, place)
        LEFT JOIN LATERAL (SELECT e.sequence, e.hash, e.body FROM ops.events AS e
                           WHERE e.idempotency_key = g.key OFFSET 0) AS it ON true
        LEFT JOIN LATERAL (SELECT c.length, c.head FROM ops.chains AS c
                           WHERE c.release_id = g.release_id OFFSET 0) AS chain ON true
        ORDER BY g.release_id, g.place
    LOOP
        IF given.there <> given.body THEN
            RAISE EXCEPTION 'another event stands under the key %', given.key
                USING ERRCODE = 'TG409', DETAIL = given.key;
        ELSIF given.there IS NOT NULL THEN
            sequences[given.place] := given.sequence;
            hashes[given.place] := given.hash;
            CONTINUE;
        END IF;
        IF holding IS DISTINCT FROM given.release_id THEN
            holding := given.release_id;
            ends := ends + 1;
            longer[ends] := holding;
            lengths[ends] := coalesce(given.length, 0);
            heads[ends] := given.head;
            begun := begun + (given.length IS NULL)::int;
        END IF;
        lengths[ends] := lengths[ends] + 1;
        heads[ends] := ops.link_hash(lengths[ends], heads[ends], given.body);
        sequences[given.place] := lengths[ends];
        hashes[given.place] := heads[ends];
        new_keys[given.place] := given.key;
    END LOOP;

    IF begun < ends THEN
        UPDATE ops.chains AS chain SET length = link.length, head = link.head
        FROM unnest(longer, lengths, heads) AS link (release_id, length, head)
        WHERE chain.release_id = link.release_id AND chain.length < link.length;
        GET DIAGNOSTICS written = ROW_COUNT;
    END IF;
    IF begun > 0 THEN
        INSERT INTO ops.chains (release_id, length, head)
        SELECT * FROM unnest(longer, lengths, heads) AS link (release_id, length, head)
        ON CONFLICT (release_id) DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> begun THEN
            RAISE EXCEPTION 'somebody else began the chain of a release at the same time'
                USING ERRCODE = 'serialization_failure', HINT = 'make the call again';
        END IF;
    END IF;

    INSERT INTO ops.events (release_id, sequence, idempotency_key, event_type, source_system, actor,
                            occurred_at, hash, body)
    SELECT release_id, sequence, key, kind, source, actor, moment, hash, body
    FROM unnest(releases, sequences, new_keys, kinds, sources, actors, moments, hashes, bodies)
        AS link (release_id, sequence, key, kind, source, actor, moment, hash, body)
    WHERE key IS NOT NULL;

    RETURN QUERY SELECT it.place, it.sequence, it.hash, key IS NOT NULL
    FROM unnest(sequences, hashes, new_keys) WITH ORDINALITY AS it (sequence, hash, key, place);
END $$;

-- Tells one event to the tables; its release is there. A payload that is not what its type asks for is
-- noted and adds nothing; the event itself stays, as it does in every other ledger.
CREATE OR REPLACE FUNCTION ops.tell(event ops.events) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    payload jsonb := ops.readable(event.body) -> 'payload';
    problem text;
BEGIN
    BEGIN
        CASE event.event_type
            WHEN 'release_created' THEN PERFORM ops.tell_release(event, payload);
            WHEN 'check_reported', 'gate_signoff', 'build_complete' THEN
                PERFORM ops.tell_check(event, payload);
            WHEN 'evidence_recorded' THEN PERFORM ops.tell_evidence(event, payload);
            WHEN 'approval_recorded' THEN PERFORM ops.tell_approval(event, payload);
            WHEN 'exception_requested', 'exception_granted' THEN
                PERFORM ops.tell_exception(event, payload);
            WHEN 'exception_revoked' THEN PERFORM ops.tell_revocation(event, payload);
            WHEN 'deployment_started', 'rollback_started' THEN PERFORM ops.tell_start(event, payload);
            WHEN 'deployment_finished', 'rollback_finished' THEN
                PERFORM ops.tell_finish(event, payload);
            WHEN 'environment_event' THEN PERFORM ops.tell_environment(event, payload);
            WHEN 'incident_opened', 'incident_closed' THEN PERFORM ops.tell_incident(event, payload);
            WHEN 'drill_recorded' THEN PERFORM ops.tell_drill(event, payload);
            ELSE NULL; -- kept in the ledger; no table tells it
        END CASE;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
        problem := SQLERRM;
    END;
    INSERT INTO ops.event_ingest_log AS it (ingest_id, idempotency_key, event_type, source_system,
        release_id, status, detail)
    VALUES (ops.id_of(event.idempotency_key), event.idempotency_key, event.event_type, event.source_system,
        event.release_id, 'accepted', problem)
    ON CONFLICT (idempotency_key) DO UPDATE
    SET event_type = excluded.event_type, source_system = excluded.source_system,
        release_id = excluded.release_id, status = excluded.status, detail = excluded.detail;
END $$;

-- Tells the events of one statement. What most events are, results of checks and their evidence, is
-- told as a set. Should one of them not be what it should, or two be of one check, the set is undone,
-- and all are told one by one.
DROP TRIGGER events_are_told ON ops.events;
DROP FUNCTION ops.tell_event();
CREATE FUNCTION ops.tell_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    in_sets text[] := ARRAY['check_reported', 'evidence_recorded', 'notification_sent',
        'validation_started', 'validation_finished', 'validation_finalized'];
    has     record;
    event   ops.events;
BEGIN
    SELECT bool_or(sequence = 1) AS beginnings,
           bool_or(event_type = 'check_reported') AS results,
           bool_or(event_type = 'evidence_recorded') AS files,
           bool_or(event_type <> ALL (in_sets)) AS others
    INTO has FROM told;
    IF has.beginnings THEN
        INSERT INTO ops.releases (id) SELECT release_id FROM told WHERE sequence = 1;
    END IF;
    BEGIN
        IF has.results THEN
            WITH result AS MATERIALIZED (
                SELECT release_id, idempotency_key, actor, occurred_at, payload, payload ->> 'gate' AS gate,
                       ops.id_of(release_id || '/' || (payload ->> 'gate')) AS gate_id
                FROM told, LATERAL (SELECT ops.readable(body) -> 'payload' OFFSET 0) AS it (payload)
                WHERE event_type = 'check_reported'
                  AND ((payload ->> 'blocked')::boolean OR (payload ->> 'dirty')::boolean) IS NOT TRUE
            ), named AS (
                INSERT INTO ops.release_gates (id, release_id, gate)
                SELECT DISTINCT gate_id, release_id, gate FROM result
                WHERE gate IS NOT NULL
                  AND NOT EXISTS (SELECT FROM ops.release_gates AS known WHERE known.id = gate_id)
                ON CONFLICT DO NOTHING
            )
            INSERT INTO ops.gate_checks AS it (release_id, gate_id, check_name, status, required,
                duration_ms, attempt, environment, reported_by, reported_at, event_key)
            SELECT release_id, gate_id, payload ->> 'check', payload ->> 'status',
                   coalesce((payload ->> 'required')::boolean, true),
                   (payload ->> 'duration_ms')::bigint, (payload ->> 'attempt')::integer,
                   payload ->> 'environment', coalesce(payload ->> 'by', actor),
                   occurred_at, idempotency_key
            FROM result
            ON CONFLICT (gate_id, check_name) DO UPDATE
            SET status = excluded.status, required = excluded.required,
                duration_ms = excluded.duration_ms, attempt = excluded.attempt,
                environment = excluded.environment, reported_by = excluded.reported_by,
                reported_at = excluded.reported_at, event_key = excluded.event_key
            WHERE (excluded.reported_at, excluded.event_key) > (it.reported_at, it.event_key);
        END IF;
        IF has.files THEN
            WITH file AS MATERIALIZED (
                SELECT release_id, idempotency_key, actor, occurred_at, payload, payload ->> 'gate' AS gate,
                       ops.id_of(release_id || '/' || (payload ->> 'gate')) AS gate_id
                FROM told, LATERAL (SELECT ops.readable(body) -> 'payload' OFFSET 0) AS it (payload)
                WHERE event_type = 'evidence_recorded'
            ), named AS (
                INSERT INTO ops.release_gates (id, release_id, gate)
                SELECT DISTINCT gate_id, release_id, gate FROM file
                WHERE gate IS NOT NULL
                  AND NOT EXISTS (SELECT FROM ops.release_gates AS known WHERE known.id = gate_id)
                ON CONFLICT DO NOTHING
            )
            INSERT INTO ops.evidence_artifacts (id, release_id, gate_id, check_name, type, name, sha256,
                size, uri, recorded_at, event_key)
            SELECT ops.id_of(idempotency_key), release_id, gate_id, payload ->> 'check',
                   payload ->> 'type', payload ->> 'name', payload ->> 'sha256',
                   coalesce((payload ->> 'size')::bigint, 0), payload ->> 'uri',
                   occurred_at, idempotency_key
            FROM file;
        END IF;
        INSERT INTO ops.event_ingest_log (ingest_id, idempotency_key, event_type, source_system,
            release_id, status)
        SELECT ops.id_of(idempotency_key), idempotency_key, event_type, source_system, release_id,
               'accepted'
        FROM told WHERE event_type = ANY (in_sets);
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR cardinality_violation THEN
        in_sets := '{}';
        has.others := true;
    END;
    IF has.others THEN
        FOR event IN
            SELECT * FROM told WHERE event_type <> ALL (in_sets) ORDER BY release_id, sequence
        LOOP
            PERFORM ops.tell(event);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER events_are_told AFTER INSERT ON ops.events REFERENCING NEW TABLE AS told
FOR EACH STATEMENT EXECUTE FUNCTION ops.tell_events();
