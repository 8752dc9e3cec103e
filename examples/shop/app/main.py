"""The HTTP face of the shop; `openapi.yaml` is its contract."""

from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from app.catalogue import Product, opening_stock
from app.orders import Line, Order, OrderRefused, Shop


class Basket(BaseModel):
    """What a customer wants to buy."""

    lines: list[Line] = Field(min_length=1)


class Payment(BaseModel):
    """Money offered for an order."""

    amount_cents: int = Field(ge=0)


def create_app() -> FastAPI:
    """A shop that has just opened: full shelf, no orders."""
    shop = Shop(opening_stock())
    api = FastAPI(title="Shop", version="1.4.0")

    @api.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @api.get("/products")
    def products() -> list[Product]:
        return list(shop.shelf.values())

    @api.post("/orders", status_code=201)
    def place_order(basket: Basket, idempotency_key: Annotated[str, Header()]) -> Order:
        try:
            return shop.place(idempotency_key, basket.lines)
        except OrderRefused as refusal:
            raise HTTPException(409, str(refusal)) from refusal

    @api.get("/orders/{order_id}")
    def read_order(order_id: int) -> Order:
        return find(shop, order_id)

    @api.post("/orders/{order_id}/payment")
    def pay_order(order_id: int, payment: Payment) -> Order:
        find(shop, order_id)
        try:
            return shop.pay(order_id, payment.amount_cents)
        except OrderRefused as refusal:
            raise HTTPException(402, str(refusal)) from refusal

    return api


def find(shop: Shop, order_id: int) -> Order:
    """The order, or the 404 that says there is none."""
    if order_id not in shop.orders:
        raise HTTPException(404, f"there is no order {order_id}")
    return shop.orders[order_id]


app = create_app()
