"""Taking orders and money: the policy lets none of these be skipped."""

import pytest

pytestmark = pytest.mark.critical


def test_an_order_costs_what_its_lines_cost(order):
    assert order("mug", 3).json()["total_cents"] == 3 * 1250


def test_a_double_click_buys_once(client, order):
    first, second = order("tee"), order("tee")

    assert first.json()["id"] == second.json()["id"]
    assert client.get("/products").json()[1]["stock"] == 11


def test_what_is_sold_out_cannot_be_bought(order):
    assert order("bag").status_code == 409


def test_two_lines_together_cannot_exceed_the_stock(client):
    lines = [{"sku": "tee", "quantity": 7}, {"sku": "tee", "quantity": 7}]
    response = client.post("/orders", json={"lines": lines}, headers={"Idempotency-Key": "k"})

    assert response.status_code == 409


def pay(client, order_id, cents):
    return client.post(f"/orders/{order_id}/payment", json={"amount_cents": cents})


def test_the_exact_sum_pays_an_order(client, order):
    placed = order("mug").json()

    assert pay(client, placed["id"], 1250).json()["status"] == "paid"


@pytest.mark.parametrize("cents", [0, 1249, 1251])
def test_any_other_sum_is_refused(client, order, cents):
    placed = order("mug").json()

    assert pay(client, placed["id"], cents).status_code == 402
    assert client.get(f"/orders/{placed['id']}").json()["status"] == "open"


def test_a_repeated_payment_changes_nothing(client, order):
    placed = order("mug").json()
    pay(client, placed["id"], 1250)

    assert pay(client, placed["id"], 1250).json()["status"] == "paid"


def test_an_order_that_nobody_placed_cannot_be_paid(client):
    assert pay(client, 7, 100).status_code == 404
