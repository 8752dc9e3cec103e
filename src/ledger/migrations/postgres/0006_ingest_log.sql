-- What a server notes beside the ledger: events that it did not take, and tokens that were used.

-- A rejected event may lack anything but its key; without one it has no row. `code` is that of the
-- answer, and `caller` who sent it.
ALTER TABLE ops.event_ingest_log
    ALTER COLUMN event_type DROP NOT NULL,
    ALTER COLUMN source_system DROP NOT NULL,
    ALTER COLUMN release_id DROP NOT NULL,
    ADD COLUMN code text,
    ADD COLUMN caller text,
    ADD CONSTRAINT accepted_events_are_whole CHECK (
        status <> 'accepted'
        OR (event_type IS NOT NULL AND source_system IS NOT NULL AND release_id IS NOT NULL));

-- An event that is taken in the end has the id of its acceptance, and nothing of what was said before.
CREATE FUNCTION ops.forget_rejection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ingest_id := ops.id_of(NEW.idempotency_key);
    NEW.code := NULL;
    NEW.caller := NULL;
    NEW.created_at := now();
    RETURN NEW;
END $$;

CREATE TRIGGER acceptances_replace_rejections BEFORE UPDATE ON ops.event_ingest_log
FOR EACH ROW WHEN (OLD.status <> 'accepted' AND NEW.status = 'accepted')
EXECUTE FUNCTION ops.forget_rejection();

-- Who is in which team, who made a release and who started its run is for GitHub to say: a person who
-- decides can't tell it, or they could leave themselves out.
CREATE OR REPLACE FUNCTION ops.is_own(event ops.events) RETURNS boolean
LANGUAGE sql STABLE
RETURN (
    SELECT coalesce(
        lower(event.actor) = lower(ops.person())
        AND lower(coalesce(payload ->> 'by', event.actor)) = lower(ops.person())
        AND ops.is_in_role(payload ->> 'role')
        AND NOT payload ?| ARRAY['teams', 'authors', 'triggered_by'], false)
    FROM (SELECT ops.readable(event.body) -> 'payload') AS it (payload));

-- One row for each token that a job of GitHub Actions used: SHA-256 over its issuer and its id.
CREATE TABLE ops.used_tokens (
    digest     bytea       PRIMARY KEY CHECK (octet_length(digest) = 32),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX used_tokens_by_end ON ops.used_tokens (expires_at);

SELECT ops.set_up_roles();
