"""One walk through everything, and the trace that it leaves: rows in the audit, which the database
keeps, and lines in the log, which the policy reads from the file beside this run's JUnit."""

import json
from pathlib import Path

import pytest

from tests.person import Person
from tests.test_faults import subscribed
from tests.world import World


def test_every_step_is_audited_with_its_actor(
    world: World, admin: Person, buyer: Person, seller: Person, chat: str, order: int
) -> None:
    buyer.say(chat, "Hello").raise_for_status()
    buyer.pay(order).raise_for_status()
    world.outside.deliver(world.outside.paid(f"order-{order}")).raise_for_status()
    world.outside.deliver(world.outside.paid(subscribed(buyer))).raise_for_status()

    rows = admin.ask("GET", "/audit").json()

    audited = {(row["event"], row["actor"]) for row in rows}
    assert audited >= {
        ("account.created", "system"),
        ("session.started", "system"),
        ("listing.posted", str(seller.id)),
        ("message.sent", str(buyer.id)),
        ("order.created", str(buyer.id)),
        ("order.paid", "system"),
        ("subscription.requested", str(buyer.id)),
        ("subscription.paid", "system"),
    }


def test_what_is_rolled_back_is_neither_audited_nor_logged(
    world: World, buyer: Person, listing: int, order: int
) -> None:
    audited = world.count("select count(*) from audit_events where event = 'order.created'")

    assert buyer.order(listing).status_code == 409

    again = world.count("select count(*) from audit_events where event = 'order.created'")
    assert again == audited


def test_a_refusal_is_logged(pytestconfig: pytest.Config, buyer: Person) -> None:
    buyer.ask("GET", "/audit")

    log = Path("reports", Path(pytestconfig.getoption("xmlpath") or "pytest").stem + ".jsonl")
    last = json.loads(log.read_text("utf-8").splitlines()[-1])
    assert (last["event"], last["status"]) == ("request.refused", 403)
