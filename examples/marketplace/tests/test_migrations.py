"""Every migration that has a way down really goes down, and up again, on a real database."""

import psycopg

from scripts.migrate import JOURNAL, apply, migrate, migrations, revert
from tests.world import database

SCHEMA = """
select table_name, column_name, data_type, is_nullable from information_schema.columns
  where table_schema = 'public'
union all select tablename, policyname, cmd, qual from pg_policies
union all select conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
union all select 'function', proname, prosrc, null from pg_proc
  where pronamespace = 'public'::regnamespace
order by 1, 2, 3
"""


def test_migrations_go_up_down_and_up_again() -> None:
    with database() as url, psycopg.connect(url) as connection:
        connection.execute(JOURNAL)
        for migration in migrations():
            before = schema(connection)
            apply(connection, migration)
            after = schema(connection)
            if migration.down is not None:
                revert(connection, migration)
                assert schema(connection) == before, migration.name
                apply(connection, migration)
            assert schema(connection) == after, migration.name


def test_migrating_twice_changes_nothing() -> None:
    with database() as url, psycopg.connect(url) as connection:
        assert migrate(connection) != []
        assert migrate(connection) == []


def schema(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(SCHEMA).fetchall()
