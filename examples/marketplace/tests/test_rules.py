"""Rules that need no database."""

import pytest

from app.accounts import hash_password, is_password
from app.money import read_event, sign
from app.settings import read_settings
from app.work import Actor, Refused

BODY = (
    b'{"id": "e", "type": "payment.succeeded", "created": 1, "reference": "order-1",'
    b' "amount_cents": 5}'
)


def signature(body: bytes = BODY, time: str = "1000", secret: str = "s") -> str:
    return f"t={time},v1={sign(body, time, secret)}"


def test_a_fresh_event_with_a_right_signature_is_read() -> None:
    assert read_event(BODY, signature(), "s", now=1001).amount_cents == 5


@pytest.mark.parametrize(
    ("given", "now"),
    [
        (signature(secret="t"), 1000),
        (signature(body=BODY + b" "), 1000),
        (signature().replace("t=1000", "t=1001"), 1000),
        (signature(), 1301),
        ("", 1000),
        ("t=1000", 1000),
    ],
)
def test_any_other_signature_is_refused(given: str, now: int) -> None:
    with pytest.raises(Refused) as refused:
        read_event(BODY, given, "s", now)
    assert refused.value.status == 401


@pytest.mark.parametrize("body", [b"", b"[]", BODY.replace(b"succeeded", b"failed")])
def test_a_strange_event_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_event(body, signature(body), "s", 1000)
    assert refused.value.status == 422


def test_a_password_is_known_again_and_not_kept() -> None:
    stored = hash_password("secret")

    assert is_password("secret", stored)
    assert not is_password("Secret", stored)
    assert "secret" not in stored


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_SECRET", raising=False)

    with pytest.raises(SystemExit, match="WEBHOOK_SECRET"):
        read_settings()


def test_an_actor_is_named_by_id_or_role() -> None:
    assert (str(Actor("buyer", 7)), str(Actor("guest"))) == ("7", "guest")
