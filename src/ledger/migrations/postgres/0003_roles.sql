-- Who may do what. Rows are read by all six roles and written by none: what a role tells, it tells as
-- an event, and the policies on `ops.events` say which. The one exception is an approval, which may
-- also be inserted as a row; its event is then written for it. What environments require is no event,
-- and a release manager's to change.

-- The person of this session: Supabase's `sub`, else the setting `ops.actor`.
CREATE FUNCTION ops.person() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', ''),
    nullif(current_setting('ops.actor', true), ''));

-- The canonical JSON (RFC 8785) of a value, as far as SQL can tell it for sure; NULL where it cannot:
-- for names beyond ASCII, whole numbers beyond 2^53, and fractions that are very small or large.
CREATE FUNCTION ops.canonical(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    number numeric;
BEGIN
    CASE jsonb_typeof(value)
        WHEN 'object' THEN
            RETURN (SELECT CASE
                    WHEN count(*) = 0 THEN '{}'
                    WHEN bool_and(key ~ '^[\u0001-\u007f]*$' AND ops.canonical(field) IS NOT NULL)
                        THEN '{' || string_agg(to_json(key) || ':' || ops.canonical(field), ','
                                               ORDER BY key COLLATE "C") || '}'
                END FROM jsonb_each(value) AS each (key, field));
        WHEN 'array' THEN
            RETURN (SELECT CASE
                    WHEN count(*) = 0 THEN '[]'
                    WHEN bool_and(ops.canonical(item) IS NOT NULL)
                        THEN '[' || string_agg(ops.canonical(item), ',' ORDER BY place) || ']'
                END FROM jsonb_array_elements(value) WITH ORDINALITY AS each (item, place));
        WHEN 'number' THEN
            number := value::numeric;
            IF number = trunc(number) THEN
                RETURN CASE WHEN abs(number) < 9007199254740992 THEN trunc(number)::text END;
            END IF;
            RETURN CASE WHEN abs(number) BETWEEN 0.0001 AND 1e15 THEN number::float8::text END;
        ELSE
            RETURN value::text;
    END CASE;
END $$;

-- A time as events have it: in UTC, with as many parts of a second as it needs.
CREATE FUNCTION ops.instant(moment timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN rtrim(rtrim(to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z';

-- Whether a body is written as Tollgate would write it, so that every reader gets the same hash.
CREATE FUNCTION ops.is_well_formed(body text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((
    SELECT body = ops.canonical(event)
        AND event ->> 'schema_version' = '1'
        AND event ->> 'occurred_at'
            ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$'
        AND (event ->> 'release_id')::uuid::text = event ->> 'release_id'
        AND jsonb_typeof(event -> 'payload') = 'object'
        AND (SELECT count(*) FROM jsonb_object_keys(event)) = 8
    FROM ops.readable(body) AS event), false);

-- Whether the session may speak in a role: one of the database that it is a member of.
CREATE FUNCTION ops.is_in_role(claimed text) RETURNS boolean
LANGUAGE sql STABLE
RETURN claimed IS NULL
    OR EXISTS (SELECT FROM pg_roles WHERE rolname = claimed AND pg_has_role(oid, 'MEMBER'));

-- Whether an event is told by the person of this session, who decides in their own name and in a role
-- of theirs. Which teams somebody is in is for GitHub to say.
CREATE FUNCTION ops.is_own(event ops.events) RETURNS boolean
LANGUAGE sql STABLE
RETURN (
    SELECT coalesce(
        lower(event.actor) = lower(ops.person())
        AND lower(coalesce(payload ->> 'by', event.actor)) = lower(ops.person())
        AND ops.is_in_role(payload ->> 'role') AND NOT payload ? 'teams', false)
    FROM (SELECT ops.readable(event.body) -> 'payload') AS it (payload));

-- Records an event as the person of this session, and gives its place in the chain. A release must be
-- known, unless it is told of now.
CREATE FUNCTION ops.record(kind text, release uuid, payload jsonb,
    key text DEFAULT 'sql/' || gen_random_uuid(), moment timestamptz DEFAULT clock_timestamp())
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    body text := ops.canonical(jsonb_build_object(
        'schema_version', '1', 'idempotency_key', key, 'event_type', kind, 'source_system', 'sql',
        'release_id', release, 'occurred_at', ops.instant(moment), 'actor', ops.person(),
        'payload', payload));
BEGIN
    IF ops.person() IS NULL THEN
        RAISE EXCEPTION 'nobody is signed in: set ops.actor, or request.jwt.claims'
            USING ERRCODE = 'insufficient_privilege';
    ELSIF body IS NULL THEN
        RAISE EXCEPTION 'the payload has names or numbers that cannot be hashed alike everywhere'
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF kind <> 'release_created' AND NOT EXISTS (SELECT FROM ops.releases WHERE id = release) THEN
        RAISE EXCEPTION 'the release % is not known', release USING ERRCODE = 'no_data_found';
    END IF;
    RETURN (SELECT sequence FROM ops.append(ARRAY[release], ARRAY[key], ARRAY[body]));
END $$;

-- Approvals as rows.
ALTER TABLE ops.approvals
    ALTER COLUMN id SET DEFAULT gen_random_uuid(),
    ALTER COLUMN decided_at SET DEFAULT clock_timestamp(),
    ALTER COLUMN event_key SET DEFAULT 'sql/' || gen_random_uuid();

CREATE OR REPLACE FUNCTION ops.tell_approval(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.approvals (id, release_id, gate_id, environment, approver, role, decision, comment,
        decided_at, event_key)
    VALUES (ops.id_of(event.idempotency_key), event.release_id,
        ops.gate_of(event.release_id, payload ->> 'gate'), payload ->> 'environment',
        payload ->> 'by', payload ->> 'role', payload ->> 'decision',
        coalesce(payload ->> 'comment', ''), event.occurred_at, event.idempotency_key)
    ON CONFLICT (event_key) DO NOTHING;
END;

CREATE FUNCTION ops.number_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id := ops.id_of(NEW.event_key);
    NEW.created_at := now();
    RETURN NEW;
END $$;

-- Writes the event of a row that was inserted by itself. Its gate must be one of its release.
CREATE FUNCTION ops.record_approval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    gate_name text := (SELECT gate FROM ops.release_gates
                       WHERE id = NEW.gate_id AND release_id = NEW.release_id);
BEGIN
    IF NEW.gate_id IS NOT NULL AND gate_name IS NULL THEN
        RAISE EXCEPTION 'the gate % is not one of the release %', NEW.gate_id, NEW.release_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO ops.events (body) VALUES (ops.canonical(jsonb_build_object(
        'schema_version', '1', 'idempotency_key', NEW.event_key,
        'event_type', 'approval_recorded', 'source_system', 'sql', 'release_id', NEW.release_id,
        'occurred_at', ops.instant(NEW.decided_at), 'actor', NEW.approver,
        'payload', jsonb_strip_nulls(jsonb_build_object(
            'gate', gate_name, 'environment', NEW.environment, 'by', NEW.approver,
            'role', NEW.role, 'decision', NEW.decision, 'comment', NEW.comment)))));
    RETURN NULL;
END $$;

CREATE TRIGGER approvals_are_numbered BEFORE INSERT ON ops.approvals
FOR EACH ROW EXECUTE FUNCTION ops.number_approval();
CREATE TRIGGER approvals_are_recorded AFTER INSERT ON ops.approvals
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ops.record_approval();

-- Makes the roles that are missing. Who may make none leaves that to somebody who may, who then calls
-- `ops.set_up_roles`; until then the tables are their owner's alone.
CREATE FUNCTION ops.make_roles(names text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database of the same server was faster
                WHEN insufficient_privilege THEN
                    RETURN false;
            END;
        END IF;
    END LOOP;
    RETURN true;
END $$;

-- Lets a role tell events of some kinds: any, or its own only.
CREATE FUNCTION ops.let_tell(role_name text, kinds text[], whose text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS %I ON ops.events', role_name || '_tells');
    EXECUTE format(
        'CREATE POLICY %I ON ops.events FOR INSERT TO %I WITH CHECK '
        '(event_type = ANY (%L::text[]) AND ops.is_well_formed(body) AND (%L = ''any'' OR ops.is_own(events)))',
        role_name || '_tells', role_name, kinds, whose);
    EXECUTE format('GRANT INSERT (body) ON ops.events TO %I', role_name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION ops.hold_chain(uuid) TO %I', role_name);
END $$;

-- Gives the six roles what is theirs, and nobody else anything. It may be called again.
CREATE FUNCTION ops.set_up_roles() RETURNS boolean
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    deploying text[] := ARRAY['deployment_started', 'deployment_finished', 'rollback_started',
        'rollback_finished', 'environment_event', 'drill_recorded'];
    deciding  text[] := ARRAY['approval_recorded', 'gate_signoff', 'evidence_recorded'];
    incidents text[] := ARRAY['incident_opened', 'incident_closed'];
    all_six   text := 'ci_service_role, release_manager, qa_tester, sre, developer, audit_reader';
    name      text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'ops'::regnamespace AND relkind = 'r' ORDER BY relname
    LOOP
        EXECUTE format('ALTER TABLE ops.%I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
    REVOKE EXECUTE ON FUNCTION ops.hold_chain(uuid) FROM PUBLIC;
    IF NOT ops.make_roles(string_to_array(all_six, ', ')) THEN
        RETURN false;
    END IF;
    EXECUTE 'GRANT USAGE ON SCHEMA ops TO ' || all_six;
    EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ' || all_six;
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'ops'::regnamespace AND relkind = 'r' ORDER BY relname
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS all_roles_read ON ops.%I', name);
        EXECUTE format('CREATE POLICY all_roles_read ON ops.%I FOR SELECT TO %s USING (true)',
                       name, all_six);
    END LOOP;
    PERFORM ops.let_tell('ci_service_role', deploying || ARRAY['release_created', 'check_reported',
        'build_complete', 'evidence_recorded', 'exception_requested', 'validation_started',
        'validation_finished', 'notification_sent'], 'any');
    PERFORM ops.let_tell('release_manager', deploying || deciding || incidents || ARRAY[
        'release_created', 'exception_requested', 'exception_granted', 'exception_revoked',
        'validation_started', 'validation_finished', 'validation_finalized'], 'own');
    PERFORM ops.let_tell('qa_tester', deciding, 'own');
    PERFORM ops.let_tell('sre', deploying || incidents, 'own');
    PERFORM ops.let_tell('developer', ARRAY['incident_opened'], 'own');
    DROP POLICY IF EXISTS own_approvals ON ops.approvals;
    CREATE POLICY own_approvals ON ops.approvals FOR INSERT TO qa_tester, release_manager
        WITH CHECK (lower(approver) = lower(ops.person()) AND ops.is_in_role(role));
    GRANT INSERT (release_id, gate_id, environment, approver, role, decision, comment)
        ON ops.approvals TO qa_tester, release_manager;
    DROP POLICY IF EXISTS managers_change ON ops.environment_gates;
    CREATE POLICY managers_change ON ops.environment_gates FOR ALL TO release_manager
        USING (true) WITH CHECK (true);
    GRANT INSERT, DELETE ON ops.environment_gates TO release_manager;
    RETURN true;
END $$;

SELECT ops.set_up_roles();
