"""What the marketplace can do without: switched off, or its service down, the rest goes on and the
person reads why."""

import httpx2
from pydantic import BaseModel

from app.listings import Listing
from app.orders import mine
from app.work import Refused, Work


class Switch(BaseModel):
    """A feature that can be taken back without a deployment."""

    name: str
    is_on: bool


class SwitchTo(BaseModel):
    is_on: bool


class ListingPage(BaseModel):
    """A listing and what else might please. `notice` says why there is nothing else."""

    listing: Listing
    recommendations: list[int]
    notice: str | None = None


class DigestResult(BaseModel):
    sent: bool
    notice: str | None = None


class Address(BaseModel):
    email: str


def is_on(work: Work, name: str) -> bool:
    return work.run("select from switches where name = %(name)s and is_on", name=name) == 1


def turn(work: Work, name: str, is_on: bool) -> Switch:
    switch = work.one(
        Switch,
        "update switches set is_on = %(on)s where name = %(name)s returning *",
        name=name,
        on=is_on,
    )
    if not switch:
        raise Refused(404, f"There is no switch {name}.")
    work.record("switch.turned", f"{name} {'on' if is_on else 'off'}")
    return switch


class Recommender:
    """The service that knows what else might please."""

    def __init__(self, url: str) -> None:
        self.client = httpx2.Client(base_url=url, timeout=1)

    def page(self, listing: Listing, switched_on: bool) -> ListingPage:
        page = ListingPage(listing=listing, recommendations=[])
        if not switched_on:
            page.notice = "Recommendations are switched off."
            return page
        try:
            answer = self.client.get(f"/recommendations/{listing.id}")
            answer.raise_for_status()
            page.recommendations = [int(number) for number in answer.json()]
        except (httpx2.HTTPError, ValueError, TypeError):
            page.notice = "Recommendations are not available right now."
        return page


class Mail:
    """The service that sends mail."""

    def __init__(self, url: str) -> None:
        self.client = httpx2.Client(base_url=url, timeout=2)

    def digest(self, work: Work) -> DigestResult:
        """Sends the person their orders, once a day. What could not be sent stays due."""
        account = work.actor.id
        work.run(
            "insert into digests (account_id) values (%(account)s) on conflict do nothing",
            account=account,
        )
        due = work.run(
            "select from digests where account_id = %(account)s and day = current_date"
            " and sent_at is null for update",
            account=account,
        )
        if not due:
            return DigestResult(sent=True, notice="Today's digest is in your inbox already.")
        (to,) = work.all(Address, "select email from accounts where id = %(id)s", id=account)
        text = "\n".join(f"Order {order.id}: {order.status}" for order in mine(work))
        try:
            self.client.post("/mail", json={"to": to.email, "text": text}).raise_for_status()
        except httpx2.HTTPError:
            return DigestResult(sent=False, notice="Mail is down. Your digest comes later.")
        work.run(
            "update digests set sent_at = now() where account_id = %(account)s"
            " and day = current_date",
            account=account,
        )
        work.record("digest.sent", f"account {account}")
        return DigestResult(sent=True)
