"""Paying. The payment service is asked to collect; that money came in is believed from its signed
webhook alone, once per event, in whatever order events arrive."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from typing import Literal

import httpx2
from pydantic import BaseModel, ValidationError

from app.orders import Order
from app.work import Refused, Work

SUBSCRIPTION_CENTS = 499
SUBSCRIPTION_DAYS = timedelta(days=30)
SIGNATURE_SECONDS = 300


class Checkout(BaseModel):
    """Where the person pays."""

    checkout_url: str


class Subscription(BaseModel):
    id: int
    account_id: int
    paid_until: datetime | None


class Event(BaseModel):
    """What the payment service tells. `reference` is what it was asked with, such as `order-7`."""

    id: str
    type: Literal["payment.succeeded"]
    created: int
    reference: str
    amount_cents: int


class Receipt(BaseModel):
    """What became of an event."""

    result: Literal["settled", "duplicate", "refund due"]


class PaymentService:
    """The company that collects the money."""

    def __init__(self, url: str, key: str, webhook_url: str) -> None:
        self.webhook_url = webhook_url
        self.client = httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=2
        )

    def collect(self, reference: str, amount_cents: int) -> Checkout:
        """Opens a payment. The reference is its key: asked twice, the service collects once."""
        try:
            answer = self.client.post(
                "/payments",
                json={
                    "reference": reference,
                    "amount_cents": amount_cents,
                    "webhook_url": self.webhook_url,
                },
                headers={"Idempotency-Key": reference},
            )
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            raise Refused(
                503, "The payment service is out of reach. Nothing was paid: try again soon."
            ) from error
        return Checkout.model_validate_json(answer.content)


def read_event(body: bytes, signature: str, secret: str, now: float) -> Event:
    """The event of a webhook call, when `t=SECONDS,v1=HMAC` fits its very bytes and is fresh."""
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    time, given = parts.get("t", ""), parts.get("v1", "")
    if not hmac.compare_digest(sign(body, time, secret).encode(), given.encode()):
        raise Refused(401, "The signature is wrong.")
    if abs(now - int(time)) > SIGNATURE_SECONDS:
        raise Refused(401, "The signature is too old.")
    try:
        return Event.model_validate(json.loads(body))
    except (ValueError, ValidationError) as error:
        raise Refused(422, "This is no event that the marketplace knows.") from error


def sign(body: bytes, time: str, secret: str) -> str:
    return hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()


def settle(work: Work, event: Event) -> Receipt:
    """Books an event. The first row in `payments` wins, so that a repetition changes nothing."""
    work.run("select pg_advisory_xact_lock(hashtext(%(reference)s))", reference=event.reference)
    if work.run("select from payments where event_id = %(id)s", id=event.id):
        return Receipt(result="duplicate")
    kind, _, number = event.reference.partition("-")
    if kind == "order" and number.isdecimal():
        return settle_order(work, event, int(number))
    if kind == "subscription" and number.isdecimal():
        return settle_subscription(work, event, int(number))
    raise Refused(422, f"Nothing here is called {event.reference}.")


def settle_order(work: Work, event: Event, order_id: int) -> Receipt:
    """Marks an order as paid, or the money as to be given back where the buyer cancelled before."""
    order = work.one(Order, "select * from orders where id = %(id)s for update", id=order_id)
    expect_amount(event, order.price_cents if order else None)
    if order is None or order.status in ("paid", "refund due"):
        raise Refused(422, f"{event.reference} is paid already.")
    status = "paid" if order.status == "open" else "refund due"
    work.run("update orders set status = %(status)s where id = %(id)s", status=status, id=order_id)
    book(work, event, order_id=order_id)
    work.record(f"order.{status.replace(' ', '_')}", f"order {order_id}")
    return Receipt(result="settled" if status == "paid" else "refund due")


def settle_subscription(work: Work, event: Event, subscription_id: int) -> Receipt:
    """Extends a subscription. An event that comes late never takes back what a newer one gave."""
    known = work.one(
        Subscription,
        "select * from subscriptions where id = %(id)s for update",
        id=subscription_id,
    )
    expect_amount(event, SUBSCRIPTION_CENTS if known else None)
    until = datetime.fromtimestamp(event.created, timezone.utc) + SUBSCRIPTION_DAYS
    work.run(
        "update subscriptions set paid_until = greatest(paid_until, %(until)s) where id = %(id)s",
        until=until,
        id=subscription_id,
    )
    book(work, event, subscription_id=subscription_id)
    work.record("subscription.paid", f"subscription {subscription_id}")
    return Receipt(result="settled")


def expect_amount(event: Event, due: int | None) -> None:
    if due is None:
        raise Refused(422, f"Nothing here is called {event.reference}.")
    if event.amount_cents != due:
        raise Refused(422, f"{event.amount_cents} cents came, {due} are due.")


def book(
    work: Work, event: Event, *, order_id: int | None = None, subscription_id: int | None = None
) -> None:
    work.run(
        "insert into payments (event_id, order_id, subscription_id, amount_cents)"
        " values (%(event)s, %(order)s, %(subscription)s, %(amount)s)",
        event=event.id,
        order=order_id,
        subscription=subscription_id,
        amount=event.amount_cents,
    )


def subscribe(work: Work) -> Subscription:
    """The person's subscription, made where there is none; unpaid until the money comes in."""
    if work.run(
        "insert into subscriptions (account_id) values (%(account)s) on conflict do nothing",
        account=work.actor.id,
    ):
        work.record("subscription.requested", f"account {work.actor.id}")
    (subscription,) = subscriptions(work)
    return subscription


def subscriptions(work: Work) -> list[Subscription]:
    return work.all(
        Subscription,
        "select * from subscriptions where account_id = %(account)s",
        account=work.actor.id,
    )
