"""What sellers post."""

from pydantic import BaseModel, Field

from app.work import Refused, Work


class NewListing(BaseModel):
    title: str = Field(min_length=1, max_length=80)
    price_cents: int = Field(ge=1, le=100_000_00)


class Listing(NewListing):
    id: int
    seller_id: int


def post(work: Work, new: NewListing, key: str) -> Listing:
    """Posts a listing. The same key again gives the first one."""
    posted = work.one(
        Listing,
        "insert into listings (seller_id, title, price_cents, key)"
        " values (%(seller)s, %(title)s, %(price)s, %(key)s)"
        " on conflict (seller_id, key) do nothing returning *",
        seller=work.actor.id,
        title=new.title,
        price=new.price_cents,
        key=key,
    )
    if posted:
        work.record("listing.posted", f"listing {posted.id}")
        return posted
    (there,) = work.all(
        Listing,
        "select * from listings where seller_id = %(seller)s and key = %(key)s",
        seller=work.actor.id,
        key=key,
    )
    return there


def newest(work: Work) -> list[Listing]:
    return work.all(Listing, "select * from listings order by id desc limit 50")


def find(work: Work, listing_id: int) -> Listing:
    listing = work.one(Listing, "select * from listings where id = %(id)s", id=listing_id)
    if not listing:
        raise Refused(404, f"There is no listing {listing_id}.")
    return listing
