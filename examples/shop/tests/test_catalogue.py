"""Looking around the shop."""


def test_the_shop_is_up(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_products_are_listed_with_price_and_stock(client):
    products = {product["sku"]: product for product in client.get("/products").json()}

    assert set(products) == {"mug", "tee", "bag"}
    assert products["mug"]["price_cents"] == 1250
    assert products["bag"]["stock"] == 0


def test_an_order_can_be_read_again(client, order):
    placed = order("mug").json()

    assert client.get(f"/orders/{placed['id']}").json() == placed


def test_an_order_that_nobody_placed_is_not_found(client):
    assert client.get("/orders/7").status_code == 404


def test_an_empty_basket_is_refused(client):
    response = client.post("/orders", json={"lines": []}, headers={"Idempotency-Key": "k"})

    assert response.status_code == 422


def test_an_order_without_a_key_is_refused(client):
    response = client.post("/orders", json={"lines": [{"sku": "mug", "quantity": 1}]})

    assert response.status_code == 422


def test_an_unknown_product_is_refused(order):
    assert order("yacht").status_code == 409
