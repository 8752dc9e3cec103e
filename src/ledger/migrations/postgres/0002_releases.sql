-- What the events add up to, as tables. Each event is told to them in the transaction that appends
-- it, and the rows do not depend on the order in which events come: where a row tells the newest of
-- several events, that is the one that happened last, then the one with the greater key.
--
-- Times are those of the producers; `created_at` is when the row was made.

CREATE TABLE ops.releases (
    id          uuid        PRIMARY KEY,
    repository  text,                     -- NULL until its release_created has come
    sha         text        CHECK (sha ~ '^[0-9a-f]{40,64}$'),
    version     text,
    told_at     timestamptz,
    event_key   text        COLLATE "C",
    version_at  timestamptz,
    version_key text        COLLATE "C",
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ops.release_gates (
    id         uuid        PRIMARY KEY,
    release_id uuid        NOT NULL REFERENCES ops.releases,
    gate       text        NOT NULL CHECK (gate <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (release_id, gate)
);

-- The newest result of each check. Results that never count are not here: those of a blocked gate
-- and those of a dirty tree.
CREATE TABLE ops.gate_checks (
    release_id  uuid        NOT NULL,
    gate_id     uuid        NOT NULL REFERENCES ops.release_gates,
    check_name  text        NOT NULL CHECK (check_name <> ''),
    status      text        NOT NULL
                CHECK (status IN ('passed', 'failed', 'errored', 'skipped', 'pending')),
    required    boolean     NOT NULL DEFAULT true,
    duration_ms bigint,
    attempt     integer,
    environment text,
    reported_by text        NOT NULL,
    reported_at timestamptz NOT NULL,
    event_key   text        NOT NULL COLLATE "C",
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (gate_id, check_name)
);

CREATE TABLE ops.approvals (
    id          uuid        PRIMARY KEY,
    release_id  uuid        NOT NULL REFERENCES ops.releases,
    gate_id     uuid        REFERENCES ops.release_gates,
    environment text,
    approver    text        NOT NULL CHECK (approver <> ''),
    role        text,
    decision    text        NOT NULL CHECK (decision IN ('approved', 'rejected')),
    comment     text        NOT NULL DEFAULT '',
    decided_at  timestamptz NOT NULL,
    event_key   text        NOT NULL COLLATE "C" UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(gate_id, environment) > 0)
);
CREATE INDEX approvals_by_release ON ops.approvals (release_id);

CREATE TABLE ops.evidence_artifacts (
    id          uuid        PRIMARY KEY,
    release_id  uuid        REFERENCES ops.releases,
    gate_id     uuid        REFERENCES ops.release_gates,
    check_name  text,
    type        text        NOT NULL CHECK (type <> ''),
    name        text        NOT NULL,
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size        bigint      NOT NULL DEFAULT 0 CHECK (size >= 0),
    uri         text,
    recorded_at timestamptz NOT NULL,
    event_key   text        NOT NULL COLLATE "C" UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (type = 'reference' OR num_nonnulls(release_id, gate_id, check_name) > 0)
);
CREATE INDEX evidence_by_release ON ops.evidence_artifacts (release_id);

-- One row for each exception. What it covers, why and until when is what the newest grant says, or
-- the newest request where nobody granted it yet.
CREATE TABLE ops.exceptions (
    release_id   uuid        NOT NULL REFERENCES ops.releases,
    exception_id text        NOT NULL CHECK (exception_id <> ''),
    gate_id      uuid        NOT NULL REFERENCES ops.release_gates,
    check_name   text,
    reason       text        NOT NULL CHECK (reason <> ''),
    expires_at   timestamptz NOT NULL,
    requested_by text,
    requested_at timestamptz,
    request_key  text        COLLATE "C",
    granted_by   text,
    granted_at   timestamptz,
    event_key    text        NOT NULL COLLATE "C",
    told_at      timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (release_id, exception_id)
);

-- What was taken back; it may be known before what it takes back.
CREATE TABLE ops.exception_revocations (
    release_id   uuid        NOT NULL REFERENCES ops.releases,
    exception_id text        NOT NULL CHECK (exception_id <> ''),
    revoked_by   text        NOT NULL,
    reason       text        NOT NULL DEFAULT '',
    revoked_at   timestamptz NOT NULL,
    event_key    text        NOT NULL COLLATE "C" PRIMARY KEY,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX revocations_by_exception ON ops.exception_revocations (release_id, exception_id);

-- Deployments and rollbacks. The start and the end are told apart, as either may come first.
CREATE TABLE ops.deployments (
    release_id    uuid        NOT NULL REFERENCES ops.releases,
    kind          text        NOT NULL CHECK (kind IN ('deployment', 'rollback')),
    deployment_id text        NOT NULL CHECK (deployment_id <> ''),
    environment   text        NOT NULL CHECK (environment <> ''),
    target        text,
    plan          text,
    rolled_to     text,
    digest        text,
    status        text        NOT NULL DEFAULT 'running'
                  CHECK (status IN ('running', 'passed', 'failed')),
    started_by    text,
    started_at    timestamptz,
    start_key     text        COLLATE "C",
    finished_by   text,
    finished_at   timestamptz,
    finish_key    text        COLLATE "C",
    final_digest  text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (release_id, kind, deployment_id, environment)
);

CREATE TABLE ops.environment_events (
    id          uuid        PRIMARY KEY,
    release_id  uuid        NOT NULL REFERENCES ops.releases,
    environment text        NOT NULL CHECK (environment <> ''),
    kind        text        NOT NULL CHECK (kind <> ''),
    detail      jsonb,
    told_by     text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_key   text        NOT NULL COLLATE "C" UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX environment_events_by_release ON ops.environment_events (release_id, environment, kind);

CREATE TRIGGER environment_events_are_never_changed BEFORE UPDATE OR DELETE ON ops.environment_events
FOR EACH ROW EXECUTE FUNCTION ops.refuse_change();
CREATE TRIGGER environment_events_are_never_emptied BEFORE TRUNCATE ON ops.environment_events
FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

CREATE TABLE ops.incidents (
    release_id  uuid        NOT NULL REFERENCES ops.releases,
    incident_id text        NOT NULL CHECK (incident_id <> ''),
    environment text,
    severity    text,
    summary     text,
    opened_by   text,
    opened_at   timestamptz,
    open_key    text        COLLATE "C",
    closed_by   text,
    closed_at   timestamptz,
    close_key   text        COLLATE "C",
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (release_id, incident_id)
);

CREATE TABLE ops.recovery_drills (
    id          uuid        PRIMARY KEY,
    release_id  uuid        NOT NULL REFERENCES ops.releases,
    kind        text        NOT NULL,
    environment text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('passed', 'failed')),
    duration_ms bigint      CHECK (duration_ms >= 0),
    rehearsed_by text       NOT NULL,
    rehearsed_at timestamptz NOT NULL,
    event_key   text        NOT NULL COLLATE "C" UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- One row for each key that was ever sent: what became of it. `detail` says why an accepted event
-- added nothing to the other tables: its payload is not what its type asks for.
CREATE TABLE ops.event_ingest_log (
    ingest_id       uuid        PRIMARY KEY,
    idempotency_key text        NOT NULL COLLATE "C" UNIQUE,
    event_type      text        NOT NULL,
    source_system   text        NOT NULL,
    release_id      uuid        NOT NULL,
    status          text        NOT NULL CHECK (status IN ('accepted', 'rejected', 'error')),
    detail          text,
    created_at      timestamptz NOT NULL DEFAULT now()
);

-- Which gates an environment requires. Rows of a repository stand in place of those of the empty
-- name, which hold for all others. This is not told by events: a release manager changes it.
CREATE TABLE ops.environment_gates (
    repository  text        NOT NULL DEFAULT '' CHECK (repository = lower(repository)),
    environment text        NOT NULL CHECK (environment <> ''),
    gate        text        NOT NULL CHECK (gate <> ''),
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository, environment, gate)
);

INSERT INTO ops.environment_gates (environment, gate) VALUES
    ('staging', 'G1'), ('staging', 'G2'), ('staging', 'G3'),
    ('production', 'G1'), ('production', 'G2'), ('production', 'G3'), ('production', 'G4');

-- An id that is the same wherever it is computed.
CREATE FUNCTION ops.id_of(name text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN encode(substr(sha256(convert_to(name, 'UTF8')), 1, 16), 'hex')::uuid;

-- The row of a gate; it is made when it is first heard of.
CREATE FUNCTION ops.gate_of(release uuid, gate_name text) RETURNS uuid
LANGUAGE plpgsql STRICT AS $$
DECLARE
    gate_id uuid := ops.id_of(release || '/' || gate_name);
BEGIN
    INSERT INTO ops.release_gates (id, release_id, gate) VALUES (gate_id, release, gate_name)
    ON CONFLICT DO NOTHING;
    RETURN gate_id;
END $$;

CREATE FUNCTION ops.tell_release(event ops.events, payload jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ops.releases
    SET repository = payload ->> 'repository', sha = payload ->> 'sha',
        told_at = event.occurred_at, event_key = event.idempotency_key
    WHERE id = event.release_id
      AND (told_at IS NULL OR (event.occurred_at, event.idempotency_key) > (told_at, event_key));
    UPDATE ops.releases
    SET version = payload ->> 'version',
        version_at = event.occurred_at, version_key = event.idempotency_key
    WHERE id = event.release_id AND payload ->> 'version' IS NOT NULL
      AND (version_at IS NULL OR (event.occurred_at, event.idempotency_key) > (version_at, version_key));
END $$;

-- `check_reported`, and the short forms `gate_signoff` and `build_complete`.
CREATE FUNCTION ops.tell_check(event ops.events, payload jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (payload ->> 'blocked')::boolean OR (payload ->> 'dirty')::boolean THEN
        RETURN;
    END IF;
    INSERT INTO ops.gate_checks AS it (release_id, gate_id, check_name, status, required,
        duration_ms, attempt, environment, reported_by, reported_at, event_key)
    VALUES (
        event.release_id, ops.gate_of(event.release_id, payload ->> 'gate'),
        CASE event.event_type WHEN 'build_complete' THEN 'build' ELSE payload ->> 'check' END,
        CASE event.event_type
            WHEN 'check_reported' THEN payload ->> 'status'
            WHEN 'gate_signoff' THEN payload ->> 'result'
            ELSE CASE payload ->> 'status' WHEN 'pass' THEN 'passed' WHEN 'fail' THEN 'failed' END
        END,
        coalesce((payload ->> 'required')::boolean, true),
        (payload ->> 'duration_ms')::bigint, (payload ->> 'attempt')::integer,
        payload ->> 'environment', coalesce(payload ->> 'by', event.actor),
        event.occurred_at, event.idempotency_key)
    ON CONFLICT (gate_id, check_name) DO UPDATE
    SET status = excluded.status, required = excluded.required,
        duration_ms = excluded.duration_ms, attempt = excluded.attempt,
        environment = excluded.environment, reported_by = excluded.reported_by,
        reported_at = excluded.reported_at, event_key = excluded.event_key
    WHERE (excluded.reported_at, excluded.event_key) > (it.reported_at, it.event_key);
END $$;

CREATE FUNCTION ops.tell_evidence(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.evidence_artifacts (id, release_id, gate_id, check_name, type, name, sha256, size,
        uri, recorded_at, event_key)
    VALUES (ops.id_of(event.idempotency_key), event.release_id,
        ops.gate_of(event.release_id, payload ->> 'gate'), payload ->> 'check', payload ->> 'type',
        payload ->> 'name', payload ->> 'sha256', coalesce((payload ->> 'size')::bigint, 0),
        payload ->> 'uri', event.occurred_at, event.idempotency_key);
END;

CREATE FUNCTION ops.tell_approval(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.approvals (id, release_id, gate_id, environment, approver, role, decision, comment,
        decided_at, event_key)
    VALUES (ops.id_of(event.idempotency_key), event.release_id,
        ops.gate_of(event.release_id, payload ->> 'gate'), payload ->> 'environment',
        payload ->> 'by', payload ->> 'role', payload ->> 'decision',
        coalesce(payload ->> 'comment', ''), event.occurred_at, event.idempotency_key);
END;

CREATE FUNCTION ops.tell_exception(event ops.events, payload jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    is_grant boolean := event.event_type = 'exception_granted';
    covered  uuid := ops.gate_of(event.release_id, payload ->> 'gate');
BEGIN
    INSERT INTO ops.exceptions AS it (release_id, exception_id, gate_id, check_name, reason, expires_at,
        granted_by, granted_at, told_at, event_key)
    VALUES (event.release_id, payload ->> 'id', covered, payload ->> 'check', payload ->> 'reason',
        (payload ->> 'expires_at')::timestamptz,
        CASE WHEN is_grant THEN payload ->> 'by' END, CASE WHEN is_grant THEN event.occurred_at END,
        event.occurred_at, event.idempotency_key)
    ON CONFLICT (release_id, exception_id) DO UPDATE
    SET gate_id = excluded.gate_id, check_name = excluded.check_name, reason = excluded.reason,
        expires_at = excluded.expires_at, granted_by = excluded.granted_by,
        granted_at = excluded.granted_at, told_at = excluded.told_at, event_key = excluded.event_key
    WHERE (excluded.granted_at IS NOT NULL, excluded.told_at, excluded.event_key)
        > (it.granted_at IS NOT NULL, it.told_at, it.event_key);
    UPDATE ops.exceptions AS it
    SET requested_by = payload ->> 'by', requested_at = event.occurred_at,
        request_key = event.idempotency_key
    WHERE NOT is_grant AND release_id = event.release_id AND exception_id = payload ->> 'id'
      AND (request_key IS NULL
           OR (event.occurred_at, event.idempotency_key) > (requested_at, request_key));
END $$;

CREATE FUNCTION ops.tell_revocation(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.exception_revocations (release_id, exception_id, revoked_by, reason, revoked_at,
        event_key)
    VALUES (event.release_id, payload ->> 'id', payload ->> 'by', coalesce(payload ->> 'reason', ''),
        event.occurred_at, event.idempotency_key);
END;

CREATE FUNCTION ops.tell_start(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.deployments AS it (release_id, kind, deployment_id, environment, target, plan,
        rolled_to, digest, started_by, started_at, start_key)
    VALUES (event.release_id, split_part(event.event_type, '_', 1), payload ->> 'deployment_id',
        payload ->> 'environment', payload ->> 'target', payload ->> 'plan', payload ->> 'to',
        payload ->> 'digest', event.actor, event.occurred_at, event.idempotency_key)
    ON CONFLICT (release_id, kind, deployment_id, environment) DO UPDATE
    SET target = excluded.target, plan = excluded.plan, rolled_to = excluded.rolled_to,
        digest = excluded.digest, started_by = excluded.started_by,
        started_at = excluded.started_at, start_key = excluded.start_key
    WHERE it.start_key IS NULL
       OR (excluded.started_at, excluded.start_key) > (it.started_at, it.start_key);
END;

CREATE FUNCTION ops.tell_finish(event ops.events, payload jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF payload ->> 'status' NOT IN ('passed', 'failed') THEN
        RAISE EXCEPTION 'a deployment ends passed or failed' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ops.deployments AS it (release_id, kind, deployment_id, environment, status,
        final_digest, finished_by, finished_at, finish_key)
    VALUES (event.release_id, split_part(event.event_type, '_', 1), payload ->> 'deployment_id',
        payload ->> 'environment', payload ->> 'status', payload ->> 'digest', event.actor,
        event.occurred_at, event.idempotency_key)
    ON CONFLICT (release_id, kind, deployment_id, environment) DO UPDATE
    SET status = excluded.status, final_digest = excluded.final_digest,
        finished_by = excluded.finished_by, finished_at = excluded.finished_at,
        finish_key = excluded.finish_key
    WHERE it.finish_key IS NULL
       OR (excluded.finished_at, excluded.finish_key) > (it.finished_at, it.finish_key);
END $$;

CREATE FUNCTION ops.tell_environment(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.environment_events (id, release_id, environment, kind, detail, told_by, occurred_at,
        event_key)
    VALUES (ops.id_of(event.idempotency_key), event.release_id, payload ->> 'environment',
        payload ->> 'kind', payload -> 'detail', event.actor, event.occurred_at,
        event.idempotency_key);
END;

CREATE FUNCTION ops.tell_incident(event ops.events, payload jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF event.event_type = 'incident_opened' THEN
        INSERT INTO ops.incidents AS it (release_id, incident_id, environment, severity, summary,
            opened_by, opened_at, open_key)
        VALUES (event.release_id, payload ->> 'incident_id', payload ->> 'environment',
            payload ->> 'severity', payload ->> 'summary', event.actor, event.occurred_at,
            event.idempotency_key)
        ON CONFLICT (release_id, incident_id) DO UPDATE
        SET environment = excluded.environment, severity = excluded.severity,
            summary = excluded.summary, opened_by = excluded.opened_by,
            opened_at = excluded.opened_at, open_key = excluded.open_key
        WHERE it.open_key IS NULL
           OR (excluded.opened_at, excluded.open_key) > (it.opened_at, it.open_key);
        RETURN;
    END IF;
    INSERT INTO ops.incidents AS it (release_id, incident_id, closed_by, closed_at, close_key)
    VALUES (event.release_id, payload ->> 'incident_id', event.actor, event.occurred_at,
        event.idempotency_key)
    ON CONFLICT (release_id, incident_id) DO UPDATE
    SET closed_by = excluded.closed_by, closed_at = excluded.closed_at,
        close_key = excluded.close_key
    WHERE it.close_key IS NULL
       OR (excluded.closed_at, excluded.close_key) > (it.closed_at, it.close_key);
END $$;

CREATE FUNCTION ops.tell_drill(event ops.events, payload jsonb) RETURNS void
LANGUAGE sql BEGIN ATOMIC
    INSERT INTO ops.recovery_drills (id, release_id, kind, environment, status, duration_ms,
        rehearsed_by, rehearsed_at, event_key)
    VALUES (ops.id_of(event.idempotency_key), event.release_id, payload ->> 'kind',
        payload ->> 'environment', payload ->> 'status', (payload ->> 'duration_ms')::bigint,
        event.actor, event.occurred_at, event.idempotency_key);
END;

-- Tells an event to the tables. A payload that is not what its type asks for is noted and adds
-- nothing; the event itself stays, as it does in every other ledger.
CREATE FUNCTION ops.tell(event ops.events) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    payload jsonb := ops.readable(event.body) -> 'payload';
    problem text;
BEGIN
    IF event.sequence = 1 THEN
        INSERT INTO ops.releases (id) VALUES (event.release_id);
    END IF;
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

CREATE FUNCTION ops.tell_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM ops.tell(NEW);
    RETURN NULL;
END $$;

CREATE TRIGGER events_are_told AFTER INSERT ON ops.events
FOR EACH ROW EXECUTE FUNCTION ops.tell_event();

-- What was in the ledger before these tables were.
DO $$
DECLARE
    event ops.events;
BEGIN
    FOR event IN SELECT * FROM ops.events ORDER BY release_id, sequence LOOP
        PERFORM ops.tell(event);
    END LOOP;
END $$;
