"""What the shop sells. Prices are in cents, so that no sum is ever rounded."""

from pydantic import BaseModel


class Product(BaseModel):
    """One thing on the shelf."""

    sku: str
    name: str
    price_cents: int
    stock: int


def opening_stock() -> dict[str, Product]:
    """The shelf as it stands when the shop opens, by SKU."""
    shelf = [
        Product(sku="mug", name="Enamel mug", price_cents=1250, stock=40),
        Product(sku="tee", name="Cotton T-shirt", price_cents=2400, stock=12),
        Product(sku="bag", name="Canvas bag", price_cents=1800, stock=0),
    ]
    return {product.sku: product for product in shelf}
