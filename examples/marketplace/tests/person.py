"""Somebody who uses the marketplace over HTTP."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from json import loads
from typing import Any, TypeVar

import httpx2

Result = TypeVar("Result")
# A connection for every request, so that a fault of the network strikes the one it is meant for.
BROWSER = httpx2.Client(timeout=10, limits=httpx2.Limits(max_keepalive_connections=0))
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Person:
    """A person as one browser sees them: an address of the API and a session."""

    url: str
    id: int = 0
    token: str = ""

    def via(self, url: str) -> "Person":
        """The same person by way of another address."""
        return replace(self, url=url)

    def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        timeout: float = 10,
        json: object = None,
    ) -> httpx2.Response:
        """One request; `key` marks repetitions of the same click."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return BROWSER.request(method, self.url + path, headers=headers, timeout=timeout, json=json)

    def post(self, title: str = "Bicycle", cents: int = 12000, **how: Any) -> httpx2.Response:
        what = {"title": title, "price_cents": cents}
        return self.ask("POST", "/listings", json=what, **how)

    def order(self, listing: int, **how: Any) -> httpx2.Response:
        return self.ask("POST", "/orders", json={"listing_id": listing}, **how)

    def pay(self, order: int) -> httpx2.Response:
        return self.ask("POST", f"/orders/{order}/payment")

    def status_of(self, order: int) -> str:
        return self.ask("GET", f"/orders/{order}").json()["status"]

    def say(self, chat: str, text: str, **how: Any) -> httpx2.Response:
        return self.ask("POST", chat, json={"text": text}, **how)

    @contextmanager
    def follow(self, chat: str, after: int = 0) -> Iterator[Iterator[dict]]:
        """The messages of a chat as they come; begins when the API listens."""
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": str(after)}
        with BROWSER.stream("GET", f"{self.url}{chat}/stream", headers=headers) as answer:
            lines = answer.iter_lines()
            next(lines)  # the sign that it listens
            yield (loads(line.removeprefix("data: ")) for line in lines if line.startswith("data"))


def newcomer(url: str, role: str) -> Person:
    """Somebody who has just signed up and in."""
    credentials = {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD}
    guest = Person(url)
    guest.ask("POST", "/accounts", json=credentials | {"role": role}).raise_for_status()
    return sign_in(guest, credentials)


def sign_in(guest: Person, credentials: dict[str, str]) -> Person:
    session = guest.ask("POST", "/sessions", json=credentials).raise_for_status().json()
    return replace(guest, id=session["account"]["id"], token=session["token"])


def double_click(click: Callable[[], Result]) -> list[Result]:
    """What both clicks came to; they are sent at the same moment."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: click(), range(2)))
