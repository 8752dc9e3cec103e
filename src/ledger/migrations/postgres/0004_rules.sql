-- The rules of the gates, and what they come to. `src/domain/delivery/four_gates` has the same rules.

-- Whether a gate, or one check of it, is waived at a moment.
CREATE FUNCTION ops.is_waived(waived_gate uuid, waived_check text, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM ops.exceptions AS it
    WHERE it.gate_id = waived_gate
      AND it.check_name IS NOT DISTINCT FROM waived_check
      AND it.granted_at <= moment AND moment < it.expires_at
      AND NOT EXISTS (SELECT FROM ops.exception_revocations AS gone
                      WHERE gone.release_id = it.release_id
                        AND gone.exception_id = it.exception_id));

-- The checks of a gate, each with the status that counts at a moment.
CREATE FUNCTION ops.checks_at(of_gate uuid, moment timestamptz)
RETURNS TABLE (check_name text, required boolean, status text)
LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT it.check_name, it.required,
           CASE WHEN ops.is_waived(of_gate, it.check_name, moment) THEN 'passed'
                WHEN it.status = 'passed' AND it.reported_at > moment THEN 'pending'
                ELSE it.status END
    FROM ops.gate_checks AS it WHERE it.gate_id = of_gate;
END;

-- Whether a release has evidence at a moment: of a type, or of a gate.
CREATE FUNCTION ops.has_evidence(of_release uuid, of_gate uuid, of_type text, moment timestamptz)
RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM ops.evidence_artifacts AS it
    WHERE it.release_id = of_release AND it.recorded_at <= moment
      AND (of_gate IS NULL OR it.gate_id = of_gate)
      AND (of_type IS NULL OR it.type = of_type));

CREATE FUNCTION ops.status_by_checks(of_gate uuid, moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN (
    SELECT CASE WHEN bool_or(status IN ('failed', 'errored')) THEN 'failed'
                WHEN bool_and(status = 'passed') THEN 'passed'
                ELSE 'pending' END
    FROM ops.checks_at(of_gate, moment) WHERE required);

CREATE FUNCTION ops.status_by_evidence(of_release uuid, of_gate uuid, moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN CASE
    WHEN EXISTS (SELECT FROM ops.checks_at(of_gate, moment) WHERE status IN ('failed', 'errored'))
        THEN 'failed'
    WHEN ops.has_evidence(of_release, of_gate, NULL, moment) THEN 'passed'
    ELSE 'pending'
END;

-- The newest decision of each person counts; an approval whose time has not come is none.
CREATE FUNCTION ops.decisions_at(of_gate uuid, moment timestamptz)
RETURNS TABLE (person text, decision text) LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT DISTINCT ON (lower(it.approver)) lower(it.approver), it.decision
    FROM ops.approvals AS it
    WHERE it.gate_id = of_gate AND (it.decision = 'rejected' OR it.decided_at <= moment)
    ORDER BY lower(it.approver), it.decided_at DESC, it.event_key DESC;
END;

CREATE FUNCTION ops.status_by_approval(of_release uuid, of_gate uuid, before text, moment timestamptz)
RETURNS text LANGUAGE sql STABLE
RETURN CASE
    WHEN before = 'failed'
        OR EXISTS (SELECT FROM ops.decisions_at(of_gate, moment) WHERE decision = 'rejected')
        THEN 'failed'
    WHEN before IN ('passed', 'waived')
        AND EXISTS (SELECT FROM ops.decisions_at(of_gate, moment) WHERE decision = 'approved')
        AND ops.has_evidence(of_release, NULL, 'rollback-plan', moment)
        THEN 'passed'
    ELSE 'pending'
END;

CREATE FUNCTION ops.status_by_deployment(of_release uuid, moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN coalesce((
    SELECT CASE
        WHEN it.status = 'failed' THEN 'failed'
        WHEN it.finished_at <= moment
            AND ops.has_evidence(of_release, NULL, 'health-check', moment) THEN 'passed'
        ELSE 'pending' END
    FROM ops.deployments AS it
    WHERE it.release_id = of_release AND it.kind = 'deployment' AND it.finished_at IS NOT NULL
    ORDER BY it.finished_at DESC, it.finish_key DESC LIMIT 1), 'pending');

-- How a gate stands at a moment: passed, failed, pending or waived. A gate that nobody told anything
-- of has no row, and is pending.
CREATE FUNCTION ops.status_at(of_release uuid, gate_name text, moment timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    gate_id uuid := ops.id_of(of_release || '/' || gate_name);
    status  text;
BEGIN
    status := CASE gate_name
        WHEN 'G2' THEN ops.status_by_evidence(of_release, gate_id, moment)
        WHEN 'G3' THEN ops.status_by_approval(of_release, gate_id,
                                              ops.status_at(of_release, 'G2', moment), moment)
        WHEN 'G4' THEN ops.status_by_deployment(of_release, moment)
        ELSE ops.status_by_checks(gate_id, moment)
    END;
    RETURN CASE WHEN status <> 'passed' AND ops.is_waived(gate_id, NULL, moment) THEN 'waived'
                ELSE status END;
END $$;

-- How a gate stands now; NULL for an id that is no gate's.
CREATE FUNCTION ops.evaluate_gate(gate_id uuid) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT ops.status_at(it.release_id, it.gate, now())
        FROM ops.release_gates AS it WHERE it.id = evaluate_gate.gate_id);

-- The gates that a release must pass before it goes to an environment.
CREATE FUNCTION ops.gates_required(of_release uuid, target_env text) RETURNS SETOF text
LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT it.gate FROM ops.environment_gates AS it
    WHERE it.environment = target_env AND it.repository = coalesce(
        (SELECT own.repository FROM ops.environment_gates AS own JOIN ops.releases AS release
            ON own.repository = lower(release.repository)
         WHERE release.id = of_release AND own.environment = target_env LIMIT 1), '');
END;

-- Whether a release may go to an environment at a moment. Where no gate is required, nobody said what
-- is, and nothing may go there.
CREATE FUNCTION ops.is_eligible_at(of_release uuid, target_env text, moment timestamptz)
RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce((
    SELECT bool_and(ops.status_at(of_release, gate, moment) IN ('passed', 'waived'))
    FROM ops.gates_required(of_release, target_env) AS gate), false);

-- Whether a release may go to an environment now.
CREATE FUNCTION ops.is_eligible_for_promotion(release_id uuid, target_env text) RETURNS boolean
LANGUAGE sql STABLE
RETURN ops.is_eligible_at(is_eligible_for_promotion.release_id, target_env, now());

CREATE VIEW ops.v_release_gate_summary WITH (security_invoker = true) AS
SELECT gate.release_id, release.repository, release.sha, release.version, gate.id AS gate_id, gate.gate,
       ops.evaluate_gate(gate.id) AS status, checks.*,
       (SELECT count(*) FROM ops.decisions_at(gate.id, now()) WHERE decision = 'approved') AS approvals,
       (SELECT count(*) FROM ops.decisions_at(gate.id, now()) WHERE decision = 'rejected') AS rejections,
       (SELECT count(*) FROM ops.evidence_artifacts AS it WHERE it.gate_id = gate.id) AS evidence
FROM ops.release_gates AS gate
JOIN ops.releases AS release ON release.id = gate.release_id
CROSS JOIN LATERAL (
    SELECT count(*) AS checks,
           count(*) FILTER (WHERE status = 'passed') AS checks_passed,
           count(*) FILTER (WHERE status IN ('failed', 'errored')) AS checks_failed,
           count(*) FILTER (WHERE status IN ('skipped', 'pending')) AS checks_open
    FROM ops.checks_at(gate.id, now())) AS checks;

CREATE VIEW ops.v_promotion_eligibility WITH (security_invoker = true) AS
SELECT release.id AS release_id, release.repository, release.version, target.environment,
       ops.is_eligible_for_promotion(release.id, target.environment) AS eligible,
       ARRAY(SELECT gate FROM ops.gates_required(release.id, target.environment) AS gate
             WHERE ops.status_at(release.id, gate, now()) NOT IN ('passed', 'waived')
             ORDER BY gate) AS missing_gates
FROM ops.releases AS release
JOIN (SELECT DISTINCT repository, environment FROM ops.environment_gates) AS target
    ON target.repository = lower(release.repository)
    OR (target.repository = '' AND NOT EXISTS (
        SELECT FROM ops.environment_gates AS own
        WHERE own.environment = target.environment AND own.repository = lower(release.repository)));

CREATE VIEW ops.v_evidence_completeness WITH (security_invoker = true) AS
SELECT gate.release_id, gate.id AS gate_id, gate.gate, present.types, asked.type AS required_type,
       CASE gate.gate
           WHEN 'G2' THEN ops.has_evidence(gate.release_id, gate.id, NULL, now())
           ELSE asked.type IS NULL OR ops.has_evidence(gate.release_id, NULL, asked.type, now())
       END AS complete
FROM ops.release_gates AS gate
CROSS JOIN LATERAL (SELECT CASE gate.gate WHEN 'G2' THEN 'any' WHEN 'G3' THEN 'rollback-plan'
                                          WHEN 'G4' THEN 'health-check' END AS type) AS asked
CROSS JOIN LATERAL (SELECT ARRAY(SELECT DISTINCT it.type FROM ops.evidence_artifacts AS it
                                 WHERE it.gate_id = gate.id ORDER BY it.type) AS types) AS present;

CREATE VIEW ops.v_exception_status WITH (security_invoker = true) AS
SELECT it.release_id, it.exception_id, gate.gate, it.check_name, it.reason, it.requested_by,
       it.requested_at, it.granted_by AS approved_by, it.granted_at AS approved_at, it.expires_at,
       gone.revoked_by, gone.revoked_at,
       CASE WHEN gone.revoked_at IS NOT NULL THEN 'revoked'
            WHEN it.expires_at <= now() THEN 'expired'
            WHEN it.granted_at <= now() THEN 'active'
            WHEN it.granted_at IS NOT NULL THEN 'approved'
            ELSE 'requested' END AS status
FROM ops.exceptions AS it
JOIN ops.release_gates AS gate ON gate.id = it.gate_id
LEFT JOIN LATERAL (
    SELECT revoked_by, revoked_at FROM ops.exception_revocations AS gone
    WHERE gone.release_id = it.release_id AND gone.exception_id = it.exception_id
    ORDER BY revoked_at, event_key LIMIT 1) AS gone ON true;

CREATE VIEW ops.v_deployment_history WITH (security_invoker = true) AS
SELECT it.release_id, release.repository, release.version, release.sha, it.kind, it.deployment_id,
       it.environment, it.target, coalesce(it.final_digest, it.digest) AS digest, it.status,
       it.started_by, it.started_at, it.finished_by, it.finished_at,
       it.finished_at - it.started_at AS duration, it.plan, it.rolled_to
FROM ops.deployments AS it JOIN ops.releases AS release ON release.id = it.release_id;

SELECT ops.set_up_roles();
