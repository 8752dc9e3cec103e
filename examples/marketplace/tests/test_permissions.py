"""Who may do what: by route, and once more by the database, which does not trust the routes."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from app.work import AS_API, IN_NAME_OF, Actor, Role
from tests.person import Person, newcomer
from tests.world import World

ROUTES = [
    # who may not, what, the answer
    ("guest", "POST", "/listings", {"title": "Boat", "price_cents": 1}, 401),
    ("buyer", "POST", "/listings", {"title": "Boat", "price_cents": 1}, 403),
    ("guest", "POST", "/orders", {"listing_id": 1}, 401),
    ("seller", "POST", "/orders", {"listing_id": 1}, 403),
    ("admin", "POST", "/orders", {"listing_id": 1}, 403),
    ("guest", "GET", "/orders", None, 401),
    ("guest", "POST", "/subscriptions", None, 401),
    ("guest", "POST", "/digest", None, 401),
    ("guest", "GET", "/audit", None, 401),
    ("buyer", "GET", "/audit", None, 403),
    ("seller", "GET", "/audit", None, 403),
    ("guest", "PUT", "/switches/checkout", {"is_on": False}, 401),
    ("buyer", "PUT", "/switches/checkout", {"is_on": False}, 403),
    ("seller", "PUT", "/switches/checkout", {"is_on": False}, 403),
]


@pytest.mark.parametrize(("who", "method", "path", "what", "status"), ROUTES)
def test_a_route_is_shut_for(
    request: pytest.FixtureRequest, who: str, method: str, path: str, what: dict, status: int
) -> None:
    person: Person = request.getfixturevalue(who)

    assert person.ask(method, path, json=what).status_code == status


def test_nobody_signs_up_as_an_admin(guest: Person) -> None:
    new = {"email": "eve@example.org", "password": "x", "role": "admin"}

    assert guest.ask("POST", "/accounts", json=new).status_code == 422


def test_an_admin_reads_the_audit(admin: Person) -> None:
    assert admin.ask("GET", "/audit").status_code == 200


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_stranger_sees_no_order_and_no_chat(
    world: World, buyer: Person, chat: str, order: int, role: str
) -> None:
    buyer.say(chat, "Only for the two of us").raise_for_status()
    stranger = newcomer(world.url, role)

    assert stranger.ask("GET", f"/orders/{order}").status_code == 404
    assert stranger.ask("GET", chat).json() == []
    assert stranger.say(chat, "Me too").status_code == 403


@pytest.fixture
def connection(world: World) -> Iterator[psycopg.Connection]:
    with psycopg.connect(world.database_url, options=AS_API, autocommit=True) as connection:
        yield connection


def act(connection: psycopg.Connection, person: Person | None, role: Role) -> None:
    actor = Actor(role, person.id if person else None)
    connection.execute(IN_NAME_OF, actor.settings(of_transaction=False))


@pytest.mark.parametrize("table", ["accounts", "sessions", "messages", "orders", "payments"])
def test_the_database_shows_a_guest_nothing_of(
    connection: psycopg.Connection, order: int, table: str
) -> None:
    act(connection, None, "guest")

    assert connection.execute(f"select * from {table}").fetchall() == []  # noqa: S608


def test_the_database_shows_a_buyer_their_own_alone(
    connection: psycopg.Connection, world: World, order: int
) -> None:
    act(connection, newcomer(world.url, "buyer"), "buyer")

    assert connection.execute("select * from orders").fetchall() == []
    assert len(connection.execute("select * from accounts").fetchall()) == 1


FORBIDDEN = [
    "insert into listings (seller_id, title, price_cents, key) values (actor_id(), 'x', 1, 'x')",
    "insert into payments (event_id, order_id, amount_cents) select 'x', id, 1 from orders",
    "insert into subscriptions (account_id, paid_until) values (actor_id(), 'infinity')",
    "update orders set status = 'paid'",
    "update orders set price_cents = 1",
    "update listings set price_cents = 1",
    "update audit_events set event = 'nothing'",
    "delete from audit_events",
    "delete from payments",
    "create table mine ()",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_a_buyer(
    connection: psycopg.Connection, buyer: Person, order: int, statement: str
) -> None:
    act(connection, buyer, "buyer")

    with pytest.raises((InsufficientPrivilege, CheckViolation)):
        connection.execute(statement)
