"""Taking orders and money. Nothing here knows about HTTP."""

from typing import Literal

from pydantic import BaseModel, Field

from app.catalogue import Product


class OrderRefused(Exception):
    """The order or payment cannot be taken; the text says why, for the customer."""


class Line(BaseModel):
    """So many of one product."""

    sku: str
    quantity: int = Field(ge=1, le=99)


class Order(BaseModel):
    """An order, and how much of it is still to be paid."""

    id: int
    lines: list[Line]
    total_cents: int
    status: Literal["open", "paid"] = "open"


class Shop:
    """The shelf and the orders taken from it."""

    def __init__(self, shelf: dict[str, Product]) -> None:
        self.shelf = shelf
        self.orders: dict[int, Order] = {}
        self._by_key: dict[str, int] = {}

    def place(self, key: str, lines: list[Line]) -> Order:
        """Takes an order. The same key again gives the first order: a double click buys once."""
        if key in self._by_key:
            return self.orders[self._by_key[key]]
        self._refuse_what_is_not_there(lines)
        for line in lines:
            self.shelf[line.sku].stock -= line.quantity
        order = Order(id=len(self.orders) + 1, lines=lines, total_cents=self._total(lines))
        self.orders[order.id] = order
        self._by_key[key] = order.id
        return order

    def pay(self, order_id: int, amount_cents: int) -> Order:
        """Marks an order as paid. A second call for a paid order changes nothing."""
        order = self.orders[order_id]
        if order.status == "paid":
            return order
        if amount_cents != order.total_cents:
            raise OrderRefused(f"{amount_cents} cents offered, {order.total_cents} are due")
        order.status = "paid"
        return order

    def _total(self, lines: list[Line]) -> int:
        return sum(self.shelf[line.sku].price_cents * line.quantity for line in lines)

    def _refuse_what_is_not_there(self, lines: list[Line]) -> None:
        wanted: dict[str, int] = {}
        for line in lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        for sku, quantity in wanted.items():
            if sku not in self.shelf:
                raise OrderRefused(f"there is no product {sku}")
            if quantity > self.shelf[sku].stock:
                raise OrderRefused(f"only {self.shelf[sku].stock} of {sku} left")
