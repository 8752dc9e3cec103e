"""What people come for. The policy lets none of these be skipped."""

from datetime import datetime, timedelta, timezone

from tests.person import PASSWORD, Person, newcomer, sign_in
from tests.world import World


def test_journey_sign_in(guest: Person) -> None:
    credentials = {"email": "Alex@Example.org", "password": PASSWORD}
    guest.ask("POST", "/accounts", json=credentials | {"role": "buyer"}).raise_for_status()

    alex = sign_in(guest, credentials | {"email": "alex@example.org"})

    assert alex.ask("GET", "/orders").json() == []
    assert alex.ask("DELETE", "/sessions").status_code == 204
    assert alex.ask("GET", "/orders").status_code == 401


def test_journey_sign_in_with_a_wrong_password_is_refused(guest: Person) -> None:
    wrong = {"email": "alex@example.org", "password": "guessed"}

    assert guest.ask("POST", "/sessions", json=wrong).status_code == 401


def test_journey_post(seller: Person, guest: Person) -> None:
    posted = seller.post("Kayak", 45000).json()

    assert posted in guest.ask("GET", "/listings").json()
    assert guest.ask("GET", f"/listings/{posted['id']}").json()["listing"] == posted


def test_journey_chat(buyer: Person, seller: Person, chat: str) -> None:
    with buyer.follow(chat) as messages:
        seller.say(chat, "It is still here").raise_for_status()
        assert next(messages)["text"] == "It is still here"

    buyer.say(chat, "I take it").raise_for_status()
    said = [message["text"] for message in seller.ask("GET", chat).json()]
    assert said == ["It is still here", "I take it"]


def test_journey_order(buyer: Person, seller: Person, listing: int) -> None:
    order = buyer.order(listing).json()

    assert (order["price_cents"], order["status"]) == (12000, "open")
    assert seller.ask("GET", f"/orders/{order['id']}").json() == order


def test_journey_order_of_what_is_sold_is_refused(world: World, listing: int, order: int) -> None:
    late = newcomer(world.url, "buyer")

    assert late.order(listing).status_code == 409


def test_journey_pay(world: World, buyer: Person, order: int) -> None:
    checkout = buyer.pay(order).json()["checkout_url"]
    assert checkout.endswith(f"/order-{order}")

    assert world.outside.deliver(world.outside.paid(f"order-{order}")).json()["result"] == "settled"

    assert buyer.status_of(order) == "paid"


def test_journey_subscribe(world: World, buyer: Person) -> None:
    buyer.ask("POST", "/subscriptions").raise_for_status()
    (subscription,) = buyer.ask("GET", "/subscriptions").json()
    assert subscription["paid_until"] is None

    world.outside.deliver(world.outside.paid(f"subscription-{subscription['id']}"))

    (subscription,) = buyer.ask("GET", "/subscriptions").json()
    until = datetime.fromisoformat(subscription["paid_until"].replace("Z", "+00:00"))
    assert until > datetime.now(timezone.utc) + timedelta(days=29)
