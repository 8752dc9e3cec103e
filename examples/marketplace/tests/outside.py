"""The services around the marketplace, over real HTTP on loopback: payments, recommendations, mail.
Any of them can be down: then it hangs up without an answer."""

import hashlib
import hmac
import json
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

WEBHOOK_SECRET = "whsec-of-the-tests"


class Outside(ThreadingHTTPServer):
    """All three services on one port, told apart by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://{}:{}".format(*self.server_address)
        self.down: set[str] = set()
        self.payments: dict[str, dict] = {}
        self.mails: list[dict] = []

    def collect(self, payment: dict, key: str | None) -> dict:
        """Opens a payment; the same key again is the same payment."""
        payment = self.payments.setdefault(key or str(uuid.uuid4()), payment)
        return {"checkout_url": f"{self.url}/checkout/{payment['reference']}"}

    def opened(self, reference: str) -> list[dict]:
        return [payment for payment in self.payments.values() if payment["reference"] == reference]

    def paid(self, reference: str, created: float | None = None) -> dict:
        """The event that a person has paid what was collected under a reference."""
        payment = self.opened(reference)[0]
        return {
            "id": f"evt-{uuid.uuid4()}",
            "type": "payment.succeeded",
            "created": int(created or time.time()),
            "reference": reference,
            "amount_cents": payment["amount_cents"],
        }

    def deliver(
        self, event: dict, *, secret: str = WEBHOOK_SECRET, age: int = 0
    ) -> httpx2.Response:
        """Calls the marketplace's webhook, signed `age` seconds ago."""
        body = json.dumps(event).encode()
        signed = str(int(time.time()) - age)
        code = hmac.new(secret.encode(), f"{signed}.".encode() + body, hashlib.sha256).hexdigest()
        url = next(iter(self.payments.values()))["webhook_url"]
        headers = {"Signature": f"t={signed},v1={code}"}
        return httpx2.post(url, content=body, headers=headers, timeout=10)


class Handler(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def serve(self) -> None:
        service = self.path.split("/")[1]
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if service in self.server.down:
            self.close_connection = True
            return
        answer: object = {}
        if service == "payments":
            answer = self.server.collect(json.loads(sent), self.headers["Idempotency-Key"])
        elif service == "recommendations":
            answer = [1, 2]
        elif service == "mail":
            self.server.mails.append(json.loads(sent))
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The tests say what matters."""
