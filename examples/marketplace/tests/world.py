"""The marketplace as it runs: a database of its own, the API as a process, services around it."""

import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from scripts.migrate import migrate
from tests.outside import WEBHOOK_SECRET, Outside

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class World:
    """What tests reach: the API by HTTP, and the database as its owner, past all policies."""

    address: tuple[str, int]
    database_url: str
    owner: psycopg.Connection
    outside: Outside

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.address)

    def count(self, query: str, *values: object) -> int:
        """The one number that a query gives."""
        ((number,),) = self.owner.execute(query, values).fetchall()
        return number


@contextmanager
def database() -> Iterator[str]:
    """An empty database on the server of DATABASE_URL; gone at the end."""
    server, name = os.environ["DATABASE_URL"], f"market_test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            connection.execute(f"drop database {name} with (force)")


@contextmanager
def services() -> Iterator[Outside]:
    with Outside() as outside:
        threading.Thread(target=outside.serve_forever, daemon=True).start()
        yield outside
        outside.shutdown()


@contextmanager
def api(url: str, outside: Outside, log: Path) -> Iterator[tuple[str, int]]:
    """The API as a process, its log in a file. The port is open before the process is: whoever
    connects waits until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("w") as output:
        address = listener.getsockname()
        settings = {
            "DATABASE_URL": url,
            "PAYMENT_URL": outside.url,
            "PAYMENT_KEY": "key-of-the-tests",
            "WEBHOOK_URL": "http://{}:{}/webhooks/payment".format(*address),
            "WEBHOOK_SECRET": WEBHOOK_SECRET,
            "RECOMMENDER_URL": outside.url,
            "MAIL_URL": outside.url,
        }
        fd = listener.fileno()
        command = ["uvicorn", "app.main:api", "--fd", str(fd), "--no-access-log"]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *command, "--timeout-graceful-shutdown", "1"],
            cwd=ROOT,
            env=os.environ | settings,
            pass_fds=[fd],
            stdout=output,
        )
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def world(log: Path) -> Iterator[World]:
    log.parent.mkdir(exist_ok=True)
    with (
        database() as url,
        psycopg.connect(url, autocommit=True) as owner,
        services() as outside,
    ):
        migrate(owner)
        with api(url, outside, log) as address:
            yield World(address, url, owner, outside)
