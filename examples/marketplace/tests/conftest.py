"""What the tests start with. The world, its admin and one seller are made once; every test has a
buyer, a listing and an order of its own."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.accounts import hash_password
from tests.person import PASSWORD, Person, newcomer, sign_in
from tests.proxy import Proxy
from tests.world import ROOT, World, world


def pytest_configure(config: pytest.Config) -> None:
    if "DATABASE_URL" not in os.environ:
        raise pytest.UsageError("DATABASE_URL names no PostgreSQL server: see README.md")


@pytest.fixture(scope="session", name="world")
def the_world(pytestconfig: pytest.Config) -> Iterator[World]:
    """Logs beside the JUnit file of the same run: reports/NAME.xml, reports/NAME.jsonl."""
    report = Path(pytestconfig.getoption("xmlpath") or "pytest")
    with world(ROOT / "reports" / f"{report.stem}.jsonl") as running:
        yield running


@pytest.fixture(scope="session")
def guest(world: World) -> Person:
    return Person(world.url)


@pytest.fixture
def buyer(world: World) -> Person:
    return newcomer(world.url, "buyer")


@pytest.fixture(scope="session")
def seller(world: World) -> Person:
    return newcomer(world.url, "seller")


@pytest.fixture(scope="session")
def admin(world: World, guest: Person) -> Person:
    """Made by the owner of the database: nobody signs up as an admin."""
    email = f"{uuid.uuid4().hex}@example.org"
    world.owner.execute(
        "insert into accounts (email, password_hash, role) values (%s, %s, 'admin')",
        [email, hash_password(PASSWORD)],
    )
    return sign_in(guest, {"email": email, "password": PASSWORD})


@pytest.fixture
def listing(seller: Person) -> int:
    return seller.post().json()["id"]


@pytest.fixture
def key() -> str:
    """One and the same click, however often it arrives."""
    return str(uuid.uuid4())


@pytest.fixture
def chat(listing: int, buyer: Person) -> str:
    """The path of the chat between the buyer and the seller of the listing."""
    return f"/listings/{listing}/chats/{buyer.id}"


@pytest.fixture
def order(buyer: Person, listing: int) -> int:
    return buyer.order(listing).json()["id"]


@pytest.fixture
def network(world: World) -> Iterator[Proxy]:
    """A way to the API that can fail."""
    with Proxy(world.address) as proxy:
        yield proxy
