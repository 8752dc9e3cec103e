-- What was applied, made before the first migration.
DO $$ BEGIN
    -- IF NOT EXISTS would ask for the right to make a schema where there is one already.
    IF to_regnamespace('ops') IS NULL THEN
        CREATE SCHEMA ops;
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS ops.migrations (
    number     integer     PRIMARY KEY,
    name       text        NOT NULL,
    sha256     bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
