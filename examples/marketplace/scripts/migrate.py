"""Brings the database at DATABASE_URL up to the newest of `migrations`: python -m scripts.migrate

All that is missing goes in as one transaction, together with its lines in `schema_migrations`.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
JOURNAL = """
create table if not exists schema_migrations (
  version text primary key,
  applied_at timestamptz not null default now()
);
alter table schema_migrations enable row level security;
drop policy if exists anybody_reads on schema_migrations;
create policy anybody_reads on schema_migrations for select using (true);
"""


@dataclass(frozen=True)
class Migration:
    """One step of the schema. `down` is None where the way up says that there is no way back."""

    version: str
    name: str
    up: str
    down: str | None


def migrations(folder: Path = FOLDER) -> Iterator[Migration]:
    """The migrations of a folder, in their order."""
    for path in sorted(folder.glob("*.up.sql")):
        version, _, name = path.name.removesuffix(".up.sql").partition("_")
        down = path.with_name(path.name.replace(".up.", ".down."))
        text = down.read_text("utf-8") if down.exists() else None
        yield Migration(version, name, path.read_text("utf-8"), text)


def migrate(connection: psycopg.Connection) -> list[Migration]:
    """Applies what is missing and returns that. Two that come at once take turns."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('schema_migrations'))")
        connection.execute(JOURNAL)
        done = {
            version for (version,) in connection.execute("select version from schema_migrations")
        }
        missing = [migration for migration in migrations() if migration.version not in done]
        for migration in missing:
            apply(connection, migration)
    return missing


def apply(connection: psycopg.Connection, migration: Migration) -> None:
    """Takes one step up, within the caller's transaction."""
    connection.execute(migration.up)
    connection.execute("insert into schema_migrations values (%s)", [migration.version])


def revert(connection: psycopg.Connection, migration: Migration) -> None:
    """Takes one step down, within the caller's transaction."""
    if migration.down is None:
        sys.exit(f"{migration.version}_{migration.name} has no way down: read what its file says")
    connection.execute(migration.down)
    connection.execute("delete from schema_migrations where version = %s", [migration.version])


def main() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        applied = [f"{migration.version} {migration.name}" for migration in migrate(connection)]
    print("\n".join(applied) or "nothing to do")


if __name__ == "__main__":
    main()
