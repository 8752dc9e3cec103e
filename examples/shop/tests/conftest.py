"""Every test gets a shop of its own."""

import pytest
from fastapi.testclient import TestClient

from app.main import create_app


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app())


@pytest.fixture
def order(client: TestClient):
    """Places an order for one product and returns the response."""

    def place(sku: str, quantity: int = 1, key: str = "first-click"):
        basket = {"lines": [{"sku": sku, "quantity": quantity}]}
        return client.post("/orders", json=basket, headers={"Idempotency-Key": key})

    return place
