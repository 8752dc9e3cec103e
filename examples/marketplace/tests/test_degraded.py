"""Features that may fail, within bounds: a message is shown, the main path goes on, and nothing is
done by halves."""

from collections.abc import Iterator

import pytest

from tests.person import Person
from tests.world import World


@pytest.fixture
def down(world: World) -> Iterator[set[str]]:
    """The services that are down for this test."""
    yield world.outside.down
    world.outside.down.clear()


def test_recommendations_up(guest: Person, listing: int) -> None:
    page = guest.ask("GET", f"/listings/{listing}").json()

    assert (page["recommendations"], page["notice"]) == ([1, 2], None)


def test_recommendations_down_show_a_message_and_the_listing(
    down: set[str], guest: Person, listing: int
) -> None:
    down.add("recommendations")

    page = guest.ask("GET", f"/listings/{listing}").json()

    assert page["listing"]["id"] == listing
    assert (page["recommendations"], "not available" in page["notice"]) == ([], True)


def test_recommendations_down_do_not_block_an_order(
    down: set[str], buyer: Person, listing: int
) -> None:
    down.add("recommendations")

    assert buyer.order(listing).status_code == 201


def test_digest_up_is_sent_once_a_day(world: World, buyer: Person, order: int) -> None:
    mails = len(world.outside.mails)

    answers = [buyer.ask("POST", "/digest").json()["sent"] for _ in range(2)]

    assert (answers, len(world.outside.mails) - mails) == ([True, True], 1)


def test_digest_down_shows_a_message_and_stays_due(
    world: World, down: set[str], buyer: Person
) -> None:
    down.add("mail")

    answer = buyer.ask("POST", "/digest").json()

    assert (answer["sent"], "later" in answer["notice"]) == (False, True)
    due = "select count(*) from digests where account_id = %s and sent_at is null"
    assert world.count(due, buyer.id) == 1
    down.clear()
    assert buyer.ask("POST", "/digest").json() == {"sent": True, "notice": None}


def test_digest_down_does_not_block_an_order(down: set[str], buyer: Person, listing: int) -> None:
    down.add("mail")

    assert buyer.order(listing).status_code == 201


@pytest.mark.parametrize("name", ["recommendations", "digest"])
def test_switch_turns_a_feature_off_and_says_so(
    admin: Person, buyer: Person, listing: int, name: str
) -> None:
    method, path = {
        "recommendations": ("GET", f"/listings/{listing}"),
        "digest": ("POST", "/digest"),
    }[name]
    admin.ask("PUT", f"/switches/{name}", json={"is_on": False}).raise_for_status()
    try:
        assert "switched off" in buyer.ask(method, path).json()["notice"]
    finally:
        admin.ask("PUT", f"/switches/{name}", json={"is_on": True}).raise_for_status()
