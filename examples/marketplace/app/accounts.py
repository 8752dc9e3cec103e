"""People and how they sign in. All of it is done in the marketplace's own name (`system`)."""

import hashlib
import hmac
import secrets
from typing import Literal

from pydantic import BaseModel

from app.work import Actor, Refused, Role, Work


class Credentials(BaseModel):
    """How a person proves who they are."""

    email: str
    password: str


class NewAccount(Credentials):
    """Nobody signs up as an admin."""

    role: Literal["buyer", "seller"]


class Account(BaseModel):
    id: int
    email: str
    role: Role


class StoredAccount(Account):
    """An account with what must never leave the app."""

    password_hash: str


class Session(BaseModel):
    token: str
    account: Account


def sign_up(work: Work, new: NewAccount) -> Account:
    """Makes an account. The same person again, as after a double click, gets the first one."""
    created = work.one(
        Account,
        "insert into accounts (email, password_hash, role)"
        " values (lower(%(email)s), %(hash)s, %(role)s) on conflict (email) do nothing returning *",
        email=new.email,
        hash=hash_password(new.password),
        role=new.role,
    )
    if created:
        work.record("account.created", f"account {created.id}")
        return created
    there = find(work, new.email)
    if not there or not is_password(new.password, there.password_hash):
        raise Refused(409, "There is an account with this address: sign in instead.")
    return there


def sign_in(work: Work, given: Credentials) -> Session:
    account = find(work, given.email)
    if not account or not is_password(given.password, account.password_hash):
        raise Refused(401, "Address or password is wrong.")
    token = secrets.token_urlsafe(32)
    work.run(
        "insert into sessions (token_hash, account_id) values (%(token)s, %(account)s)",
        token=hash_token(token),
        account=account.id,
    )
    work.record("session.started", f"account {account.id}")
    return Session(token=token, account=account)


def sign_out(work: Work, token: str) -> None:
    if work.run("delete from sessions where token_hash = %(token)s", token=hash_token(token)):
        work.record("session.ended", "session")


def whose(work: Work, token: str) -> Actor:
    """The person of a session, or a guest."""
    account = work.one(
        Account,
        "select a.* from sessions s join accounts a on a.id = s.account_id"
        " where s.token_hash = %(token)s and s.expires_at > now()",
        token=hash_token(token),
    )
    return Actor(account.role, account.id) if account else Actor("guest")


def find(work: Work, email: str) -> StoredAccount | None:
    return work.one(
        StoredAccount, "select * from accounts where email = lower(%(email)s)", email=email
    )


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${scrypt(password, salt).hex()}"


def is_password(password: str, stored: str) -> bool:
    salt, _, expected = stored.partition("$")
    return hmac.compare_digest(scrypt(password, bytes.fromhex(salt)), bytes.fromhex(expected))


def scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
