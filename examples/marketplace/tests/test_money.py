"""Money: one failure here is a veto."""

import pytest

from tests.person import Person, newcomer
from tests.world import World


@pytest.fixture
def event(world: World, buyer: Person, order: int) -> dict:
    """The event that would pay the order."""
    buyer.pay(order).raise_for_status()
    return world.outside.paid(f"order-{order}")


def booked(world: World, event: dict) -> int:
    return world.count("select count(*) from payments where event_id = %s", event["id"])


def test_the_exact_sum_is_collected_and_booked(world: World, order: int, event: dict) -> None:
    (payment,) = world.outside.opened(f"order-{order}")
    assert payment["amount_cents"] == 12000

    world.outside.deliver(event)

    booked = "select amount_cents from payments where event_id = %s"
    assert world.count(booked, event["id"]) == 12000


@pytest.mark.parametrize("cents", [0, 1, 11999, 12001])
def test_any_other_sum_is_refused(world: World, buyer: Person, event: dict, cents: int) -> None:
    answer = world.outside.deliver(event | {"amount_cents": cents})

    assert (answer.status_code, booked(world, event)) == (422, 0)


@pytest.mark.parametrize("forgery", [{"secret": "guessed"}, {"age": 400}, {"age": -400}])
def test_an_event_that_the_service_did_not_sign_now_is_refused(
    world: World, event: dict, forgery: dict
) -> None:
    answer = world.outside.deliver(event, **forgery)

    assert (answer.status_code, booked(world, event)) == (401, 0)


def test_a_second_payment_of_one_order_is_refused(world: World, order: int, event: dict) -> None:
    world.outside.deliver(event)

    assert world.outside.deliver(world.outside.paid(f"order-{order}")).status_code == 422
    assert world.count("select count(*) from payments where order_id = %s", order) == 1


@pytest.mark.parametrize("reference", ["order-0", "subscription-0", "order-", "tip-1"])
def test_money_for_nothing_is_refused(world: World, event: dict, reference: str) -> None:
    assert world.outside.deliver(event | {"reference": reference}).status_code == 422


def test_a_price_is_what_it_was_when_ordered(world: World, buyer: Person, order: int) -> None:
    world.owner.execute("update listings set price_cents = 1")

    buyer.pay(order)

    assert world.outside.opened(f"order-{order}")[0]["amount_cents"] == 12000


def test_what_is_paid_or_cancelled_is_not_collected_again(
    world: World, buyer: Person, listing: int, order: int
) -> None:
    buyer.ask("DELETE", f"/orders/{order}")

    assert buyer.pay(order).status_code == 409
    assert newcomer(world.url, "buyer").order(listing).status_code == 201


def test_the_checkout_is_rolled_back_by_its_switch(
    world: World, admin: Person, buyer: Person, order: int
) -> None:
    admin.ask("PUT", "/switches/checkout", json={"is_on": False}).raise_for_status()
    try:
        answer = buyer.pay(order)
    finally:
        admin.ask("PUT", "/switches/checkout", json={"is_on": True}).raise_for_status()

    assert (answer.status_code, "switched off" in answer.json()["detail"]) == (503, True)
    assert world.outside.opened(f"order-{order}") == []
    assert buyer.pay(order).status_code == 202
