-- What is looked for by something else than its key, among as many releases as there may come to be.

-- The decisions, the exceptions and the evidence of a gate.
CREATE INDEX approvals_by_gate ON ops.approvals (gate_id);
CREATE INDEX exceptions_by_gate ON ops.exceptions (gate_id);
CREATE INDEX evidence_by_gate ON ops.evidence_artifacts (gate_id);

-- Nobody asks for the newest of what most events are; so each of those is one entry less to write.
DROP INDEX ops.events_by_kind;
CREATE INDEX events_by_kind ON ops.events (event_type, occurred_at DESC)
WHERE event_type NOT IN ('check_reported', 'evidence_recorded');
