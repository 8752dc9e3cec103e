"""The HTTP face of the marketplace; `openapi.yaml` is its contract. Each route names the roles that
may use it; which rows they see is decided by the policies in `migrations`."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from app import accounts, chat, extras, listings, log, money, orders
from app.settings import read_settings
from app.work import Actor, Database, Refused, Role, Work

MARKETPLACE = Actor("system")


@asynccontextmanager
async def lifespan(api: FastAPI) -> AsyncIterator[None]:
    settings = read_settings()
    api.state.settings = settings
    api.state.database = Database(settings.database_url)
    api.state.payments = money.PaymentService(
        settings.payment_url, settings.payment_key, settings.webhook_url
    )
    api.state.recommender = extras.Recommender(settings.recommender_url)
    api.state.mail = extras.Mail(settings.mail_url)
    yield
    api.state.database.pool.close()


api = FastAPI(title="Marketplace", version="2.0.0", lifespan=lifespan)


@dataclass(frozen=True)
class Visit:
    """One request: who asks, and for what."""

    database: Database
    actor: Actor
    token: str
    action: str

    def work(self, *roles: Role) -> AbstractContextManager[Work]:
        """A transaction in the person's name, if the person has one of the roles."""
        if self.actor.role not in roles:
            if self.actor.role == "guest":
                raise Refused(401, "Sign in first.")
            raise Refused(403, f"This is not for a {self.actor.role}.")
        return self.database.work(self.actor, self.action)

    def marketplace(self) -> AbstractContextManager[Work]:
        """A transaction in the marketplace's own name."""
        return self.database.work(MARKETPLACE, self.action)


BearerToken = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def see(request: Request, session: BearerToken) -> Visit:
    database: Database = request.app.state.database
    action = f"{request.method} {request.scope['route'].path}"
    token = session.credentials if session else ""
    with database.work(MARKETPLACE, action) as work:
        actor = accounts.whose(work, token)
    request.state.visit = Visit(database, actor, token, action)
    return request.state.visit


Visiting = Annotated[Visit, Depends(see)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=64)]


class Health(BaseModel):
    status: str


class AuditEvent(BaseModel):
    id: int
    at: datetime
    actor: str
    event: str
    subject: str


@api.exception_handler(Refused)
def refuse(request: Request, refused: Refused) -> JSONResponse:
    visit: Visit = request.state.visit
    log.write(
        "request.refused",
        user_id=str(visit.actor),
        action=visit.action,
        status=refused.status,
        reason=str(refused),
    )
    return JSONResponse({"detail": str(refused)}, refused.status)


@api.get("/healthz")
def alive() -> Health:
    return Health(status="ok")


@api.get("/readyz")
def ready(visit: Visiting) -> Health:
    """The database was asked who visits, so it answers."""
    return Health(status="ready")


@api.post("/accounts", status_code=201)
def sign_up(new: accounts.NewAccount, visit: Visiting) -> accounts.Account:
    with visit.marketplace() as work:
        return accounts.sign_up(work, new)


@api.post("/sessions", status_code=201)
def sign_in(given: accounts.Credentials, visit: Visiting) -> accounts.Session:
    with visit.marketplace() as work:
        return accounts.sign_in(work, given)


@api.delete("/sessions", status_code=204)
def sign_out(visit: Visiting) -> None:
    with visit.marketplace() as work:
        accounts.sign_out(work, visit.token)


@api.post("/listings", status_code=201)
def post_listing(new: listings.NewListing, key: Key, visit: Visiting) -> listings.Listing:
    with visit.work("seller") as work:
        return listings.post(work, new, key)


@api.get("/listings")
def read_listings(visit: Visiting) -> list[listings.Listing]:
    with visit.work("guest", "buyer", "seller", "admin") as work:
        return listings.newest(work)


@api.get("/listings/{listing_id}")
def read_listing(listing_id: int, request: Request, visit: Visiting) -> extras.ListingPage:
    with visit.work("guest", "buyer", "seller", "admin") as work:
        listing = listings.find(work, listing_id)
        switched_on = extras.is_on(work, "recommendations")
    return request.app.state.recommender.page(listing, switched_on)


@api.post("/listings/{listing_id}/chats/{buyer_id}", status_code=201)
def send_message(
    listing_id: int, buyer_id: int, new: chat.NewMessage, key: Key, visit: Visiting
) -> chat.Message:
    with visit.work("buyer", "seller") as work:
        return chat.send(work, chat.Chat(listing_id=listing_id, buyer_id=buyer_id), new, key)


@api.get("/listings/{listing_id}/chats/{buyer_id}")
def read_chat(listing_id: int, buyer_id: int, visit: Visiting) -> list[chat.Message]:
    with visit.work("buyer", "seller") as work:
        return chat.read(work, chat.Chat(listing_id=listing_id, buyer_id=buyer_id))


@api.get("/listings/{listing_id}/chats/{buyer_id}/stream")
def follow_chat(
    listing_id: int,
    buyer_id: int,
    visit: Visiting,
    last_event_id: Annotated[int, Header()] = 0,
) -> StreamingResponse:
    with visit.work("buyer", "seller"):
        followed = chat.Chat(listing_id=listing_id, buyer_id=buyer_id)
    events = chat.follow(visit.database.url, visit.actor, followed, last_event_id)
    return StreamingResponse(events, media_type="text/event-stream")


@api.post("/orders", status_code=201)
def place_order(new: orders.NewOrder, key: Key, visit: Visiting) -> orders.Order:
    with visit.work("buyer") as work:
        return orders.place(work, new, key)


@api.get("/orders")
def read_orders(visit: Visiting) -> list[orders.Order]:
    with visit.work("buyer", "seller", "admin") as work:
        return orders.mine(work)


@api.get("/orders/{order_id}")
def read_order(order_id: int, visit: Visiting) -> orders.Order:
    with visit.work("buyer", "seller", "admin") as work:
        return orders.find(work, order_id)


@api.delete("/orders/{order_id}")
def cancel_order(order_id: int, visit: Visiting) -> orders.Order:
    with visit.work("buyer") as work:
        return orders.cancel(work, order_id)


@api.post("/orders/{order_id}/payment", status_code=202)
def pay_order(order_id: int, request: Request, visit: Visiting) -> money.Checkout:
    with visit.work("buyer") as work:
        if not extras.is_on(work, "checkout"):
            raise Refused(503, "Paying is switched off for the moment. Your order is kept.")
        order = orders.find(work, order_id)
    if order.status != "open":
        raise Refused(409, f"This order is {order.status}.")
    return request.app.state.payments.collect(f"order-{order.id}", order.price_cents)


@api.post("/subscriptions", status_code=202)
def subscribe(request: Request, visit: Visiting) -> money.Checkout:
    with visit.work("buyer", "seller") as work:
        subscription = money.subscribe(work)
    payments: money.PaymentService = request.app.state.payments
    return payments.collect(f"subscription-{subscription.id}", money.SUBSCRIPTION_CENTS)


@api.get("/subscriptions")
def read_subscriptions(visit: Visiting) -> list[money.Subscription]:
    with visit.work("buyer", "seller") as work:
        return money.subscriptions(work)


async def raw_body(request: Request) -> bytes:
    return await request.body()


@api.post("/webhooks/payment")
def payment_event(
    body: Annotated[bytes, Depends(raw_body)],
    request: Request,
    visit: Visiting,
    signature: Annotated[str, Header()] = "",
) -> money.Receipt:
    secret = request.app.state.settings.webhook_secret
    event = money.read_event(body, signature, secret, time.time())
    with visit.marketplace() as work:
        return money.settle(work, event)


@api.post("/digest")
def send_digest(request: Request, visit: Visiting) -> extras.DigestResult:
    with visit.work("buyer", "seller") as work:
        if not extras.is_on(work, "digest"):
            return extras.DigestResult(sent=False, notice="The digest is switched off.")
        return request.app.state.mail.digest(work)


@api.put("/switches/{name}")
def turn_switch(name: str, to: extras.SwitchTo, visit: Visiting) -> extras.Switch:
    with visit.work("admin") as work:
        return extras.turn(work, name, to.is_on)


@api.get("/audit")
def read_audit(visit: Visiting) -> list[AuditEvent]:
    with visit.work("admin") as work:
        return work.all(AuditEvent, "select * from audit_events order by id desc limit 100")
