"""What a buyer and a seller write to each other about a listing, and how it reaches them."""

from collections.abc import AsyncIterator

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row
from pydantic import BaseModel, Field

from app.work import AS_API, IN_NAME_OF, Actor, Work

AFTER = (
    "select * from messages where listing_id = %(listing)s and buyer_id = %(buyer)s"
    " and id > %(after)s order by id"
)
SIGN_OF_LIFE = ": listening\n\n"
SECONDS_BETWEEN_SIGNS_OF_LIFE = 15


class NewMessage(BaseModel):
    text: str = Field(min_length=1, max_length=2000)


class Message(NewMessage):
    id: int
    sender_id: int


class Chat(BaseModel):
    """One buyer and one listing."""

    listing_id: int
    buyer_id: int

    @property
    def channel(self) -> str:
        return f"chat_{self.listing_id}_{self.buyer_id}"


def send(work: Work, chat: Chat, new: NewMessage, key: str) -> Message:
    """Adds a message. The same key again gives the first one."""
    # Messages of a chat take turns, so that whoever has seen one has seen all with lower ids.
    work.run("select pg_advisory_xact_lock(hashtext(%(channel)s))", channel=chat.channel)
    sent = work.one(
        Message,
        "insert into messages (listing_id, buyer_id, sender_id, text, key)"
        " values (%(listing)s, %(buyer)s, %(sender)s, %(text)s, %(key)s)"
        " on conflict (sender_id, key) do nothing returning *",
        listing=chat.listing_id,
        buyer=chat.buyer_id,
        sender=work.actor.id,
        text=new.text,
        key=key,
    )
    if sent:
        work.record("message.sent", f"message {sent.id}")
        work.run("select pg_notify(%(channel)s, '')", channel=chat.channel)
        return sent
    (there,) = work.all(
        Message,
        "select * from messages where sender_id = %(sender)s and key = %(key)s",
        sender=work.actor.id,
        key=key,
    )
    return there


def read(work: Work, chat: Chat) -> list[Message]:
    return work.all(Message, AFTER, listing=chat.listing_id, buyer=chat.buyer_id, after=0)


async def follow(url: str, actor: Actor, chat: Chat, after: int) -> AsyncIterator[str]:
    """The messages behind `after`, then each new one, as server-sent events with their ids: who
    lost the connection comes back with the last id and misses nothing."""
    async with await AsyncConnection.connect(url, options=AS_API, autocommit=True) as connection:
        await connection.execute(IN_NAME_OF, actor.settings(of_transaction=False))
        # Listened to before the first look, so that nothing falls between the two.
        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(chat.channel)))
        yield SIGN_OF_LIFE
        cursor = connection.cursor(row_factory=class_row(Message))
        while True:
            values = {"listing": chat.listing_id, "buyer": chat.buyer_id, "after": after}
            await cursor.execute(AFTER, values)
            for message in await cursor.fetchall():
                after = message.id
                yield f"id: {message.id}\ndata: {message.model_dump_json()}\n\n"
            arrived = connection.notifies(timeout=SECONDS_BETWEEN_SIGNS_OF_LIFE, stop_after=1)
            if not [notice async for notice in arrived]:
                yield SIGN_OF_LIFE
