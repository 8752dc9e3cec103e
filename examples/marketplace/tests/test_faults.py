"""What goes wrong on the way: each test provokes one fault in one journey and sees that nothing was
done twice, by halves or not at all."""

import time
import uuid

import httpx2
import pytest

from tests.person import PASSWORD, Person, double_click
from tests.proxy import Proxy
from tests.world import World

DAY = 24 * 60 * 60


def test_fault_sign_in_double_click_makes_one_account(world: World, guest: Person) -> None:
    new = {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD, "role": "buyer"}

    first, second = double_click(lambda: guest.ask("POST", "/accounts", json=new))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


def test_fault_post_double_click_posts_once(seller: Person, key: str) -> None:
    first, second = double_click(lambda: seller.post(key=key))

    assert first.json() == second.json()


def test_fault_post_network_failure_posts_once(
    world: World, seller: Person, network: Proxy, key: str
) -> None:
    network.next_answer("lose")
    with pytest.raises(httpx2.TransportError):
        seller.via(network.url).post("Tent", key=key)

    seller.via(network.url).post("Tent", key=key).raise_for_status()

    assert world.count("select count(*) from listings where title = 'Tent'") == 1


def test_fault_chat_double_click_says_it_once(buyer: Person, chat: str, key: str) -> None:
    first, second = double_click(lambda: buyer.say(chat, "Hello?", key=key))

    assert first.json() == second.json()
    assert len(buyer.ask("GET", chat).json()) == 1


def test_fault_chat_realtime_disconnected_misses_nothing(
    buyer: Person, seller: Person, chat: str, network: Proxy
) -> None:
    with buyer.via(network.url).follow(chat) as messages:
        seller.say(chat, "One")
        seen = next(messages)
        network.hang_up()
        with pytest.raises(httpx2.TransportError):
            next(messages)
    seller.say(chat, "Two")

    with buyer.follow(chat, after=seen["id"]) as messages:
        assert next(messages)["text"] == "Two"


def test_fault_order_double_click_orders_once(buyer: Person, listing: int, key: str) -> None:
    first, second = double_click(lambda: buyer.order(listing, key=key))

    assert first.json()["id"] == second.json()["id"]
    assert len(buyer.ask("GET", "/orders").json()) == 1


def test_fault_order_refresh_finds_the_order(
    buyer: Person, listing: int, network: Proxy, key: str
) -> None:
    network.next_answer("lose")  # the page is left before the answer comes
    with pytest.raises(httpx2.TransportError):
        buyer.via(network.url).order(listing, key=key)

    (found,) = buyer.ask("GET", "/orders").json()

    assert buyer.order(listing, key=key).json() == found


def test_fault_order_timeout_orders_once(
    buyer: Person, listing: int, network: Proxy, key: str
) -> None:
    network.next_answer("hold")
    with pytest.raises(httpx2.TimeoutException):
        buyer.via(network.url).order(listing, key=key, timeout=0.5)
    network.release()

    again = buyer.via(network.url).order(listing, key=key)

    assert [again.json()] == buyer.ask("GET", "/orders").json()


def test_fault_pay_double_click_collects_once(world: World, buyer: Person, order: int) -> None:
    answers = double_click(lambda: buyer.pay(order))

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(world.outside.opened(f"order-{order}")) == 1


def test_fault_pay_network_failure_leaves_the_order_open(
    world: World, buyer: Person, order: int
) -> None:
    world.outside.down.add("payments")
    try:
        answer = buyer.pay(order)
    finally:
        world.outside.down.clear()

    assert (answer.status_code, "try again" in answer.json()["detail"]) == (503, True)
    assert buyer.status_of(order) == "open"
    assert buyer.pay(order).status_code == 202


def test_fault_pay_repeated_webhook_books_once(world: World, buyer: Person, order: int) -> None:
    buyer.pay(order)
    event = world.outside.paid(f"order-{order}")

    answers = [*double_click(lambda: world.outside.deliver(event)), world.outside.deliver(event)]

    assert sorted(answer.json()["result"] for answer in answers) == [
        "duplicate",
        "duplicate",
        "settled",
    ]
    assert world.count("select count(*) from payments where order_id = %s", order) == 1


def test_fault_pay_delayed_webhook_after_a_cancellation_is_given_back(
    world: World, buyer: Person, order: int
) -> None:
    buyer.pay(order)
    event = world.outside.paid(f"order-{order}")
    buyer.ask("DELETE", f"/orders/{order}").raise_for_status()

    assert world.outside.deliver(event).json()["result"] == "refund due"

    assert buyer.status_of(order) == "refund due"


def test_fault_subscribe_repeated_webhook_pays_one_month(world: World, buyer: Person) -> None:
    event = world.outside.paid(subscribed(buyer))

    answers = [world.outside.deliver(event) for _ in range(2)]

    assert [answer.json()["result"] for answer in answers] == ["settled", "duplicate"]
    assert world.count("select count(*) from payments where event_id = %s", event["id"]) == 1


def test_fault_subscribe_delayed_webhook_takes_nothing_back(world: World, buyer: Person) -> None:
    reference = subscribed(buyer)
    older = world.outside.paid(reference, created=time.time() - 30 * DAY)
    world.outside.deliver(world.outside.paid(reference))
    before = buyer.ask("GET", "/subscriptions").json()

    world.outside.deliver(older).raise_for_status()

    assert buyer.ask("GET", "/subscriptions").json() == before


def subscribed(buyer: Person) -> str:
    """The reference under which the buyer's new subscription is collected."""
    buyer.ask("POST", "/subscriptions").raise_for_status()
    (subscription,) = buyer.ask("GET", "/subscriptions").json()
    return f"subscription-{subscription['id']}"
