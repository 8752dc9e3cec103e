"""Orders: a listing is sold once, and a click counts once."""

from typing import Literal

from psycopg.errors import UniqueViolation
from pydantic import BaseModel

from app.work import Refused, Work


class NewOrder(BaseModel):
    listing_id: int


class Order(NewOrder):
    id: int
    price_cents: int
    status: Literal["open", "paid", "cancelled", "refund due"]


def place(work: Work, new: NewOrder, key: str) -> Order:
    """Orders a listing at its price. The same key again gives the first order."""
    # Whoever wants the listing takes turns: two clicks never meet at the unique indexes.
    work.run("select pg_advisory_xact_lock(%(listing)s)", listing=new.listing_id)
    try:
        order = work.one(
            Order,
            "insert into orders (listing_id, buyer_id, price_cents, key)"
            " select id, %(buyer)s, price_cents, %(key)s from listings where id = %(listing)s"
            " on conflict (buyer_id, key) do nothing returning *",
            listing=new.listing_id,
            buyer=work.actor.id,
            key=key,
        )
    except UniqueViolation as taken:
        raise Refused(409, "Somebody was faster: this is sold.") from taken
    if order:
        work.record("order.created", f"order {order.id}")
        return order
    there = work.one(
        Order,
        "select * from orders where buyer_id = %(buyer)s and key = %(key)s",
        buyer=work.actor.id,
        key=key,
    )
    if not there:
        raise Refused(404, f"There is no listing {new.listing_id}.")
    return there


def mine(work: Work) -> list[Order]:
    """What the person bought or sold: the database shows no other orders."""
    return work.all(Order, "select * from orders order by id")


def find(work: Work, order_id: int) -> Order:
    order = work.one(Order, "select * from orders where id = %(id)s", id=order_id)
    if not order:
        raise Refused(404, f"There is no order {order_id}.")
    return order


def cancel(work: Work, order_id: int) -> Order:
    """Gives the listing free again. What is paid, or cancelled already, stays as it is."""
    find(work, order_id)
    if work.run(
        "update orders set status = 'cancelled' where id = %(id)s and status = 'open'", id=order_id
    ):
        work.record("order.cancelled", f"order {order_id}")
    return find(work, order_id)
