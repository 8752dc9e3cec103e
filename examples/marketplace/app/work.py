"""Work on the database in somebody's name: one transaction that row-level security can judge."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from psycopg import Connection
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool
from pydantic import BaseModel

from app import log

Role = Literal["guest", "buyer", "seller", "admin", "system"]
Kind = TypeVar("Kind", bound=BaseModel)

# Every connection gives up the rights of its login before it does anything.
AS_API = "-c role=market_api"
IN_NAME_OF = "select set_config('market.actor', %s, %s), set_config('market.role', %s, %s)"


class Refused(Exception):
    """What was asked for is not done; the text says why, for the person."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Actor:
    """Who asks. `id` is empty for guests and for the marketplace itself."""

    role: Role
    id: int | None = None

    def __str__(self) -> str:
        return str(self.id or self.role)

    def settings(self, *, of_transaction: bool) -> list[object]:
        """The parameters of IN_NAME_OF."""
        return [str(self.id or ""), of_transaction, self.role, of_transaction]


@dataclass
class Work:
    """One transaction. What it records is audited within it, and logged when it is done."""

    connection: Connection
    actor: Actor
    recorded: list[tuple[str, str]] = field(default_factory=list)

    def run(self, sql: str, **values: object) -> int:
        """Executes a statement and returns the number of rows it concerned."""
        return self.connection.execute(sql, values).rowcount

    def all(self, kind: type[Kind], sql: str, **values: object) -> list[Kind]:
        with self.connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(sql, values).fetchall()

    def one(self, kind: type[Kind], sql: str, **values: object) -> Kind | None:
        return next(iter(self.all(kind, sql, **values)), None)

    def record(self, event: str, subject: str) -> None:
        self.run(
            "insert into audit_events (actor, event, subject)"
            " values (%(actor)s, %(event)s, %(subject)s)",
            actor=str(self.actor),
            event=event,
            subject=subject,
        )
        self.recorded.append((event, subject))


class Database:
    """A pool of connections to PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pool = ConnectionPool(url, kwargs={"options": AS_API}, min_size=2, open=True)

    @contextmanager
    def work(self, actor: Actor, action: str) -> Iterator[Work]:
        """Commits at the end; rolls all of it back where anything is raised."""
        try:
            with self.pool.connection() as connection:
                connection.execute(IN_NAME_OF, actor.settings(of_transaction=True))
                work = Work(connection, actor)
                yield work
        except InsufficientPrivilege as denied:
            raise Refused(403, "This is not yours.") from denied
        except ForeignKeyViolation as missing:
            raise Refused(404, "There is no such thing.") from missing
        for event, subject in work.recorded:
            log.write(event, user_id=str(actor), action=action, subject=subject)
