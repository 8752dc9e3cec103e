-- What is offered, what people say about it, and who takes it.
create table listings (
  id bigint generated always as identity primary key,
  seller_id bigint not null references accounts,
  title text not null,
  price_cents integer not null check (price_cents > 0),
  key text not null,
  unique (seller_id, key) -- a double click posts once
);
alter table listings enable row level security;
create policy anybody_reads on listings for select using (true);
create policy sellers_post on listings for insert
  with check (actor_role() = 'seller' and seller_id = actor_id());

create function is_seller_of(listing bigint) returns boolean language sql stable
  as $$ select exists (select from listings where id = listing and seller_id = actor_id()) $$;

create table messages ( -- a chat is one buyer and one listing
  id bigint generated always as identity primary key,
  listing_id bigint not null references listings,
  buyer_id bigint not null references accounts,
  sender_id bigint not null references accounts,
  text text not null,
  key text not null,
  unique (sender_id, key)
);
alter table messages enable row level security;
create policy the_two_read on messages for select
  using (buyer_id = actor_id() or is_seller_of(listing_id));
create policy the_two_write on messages for insert
  with check (sender_id = actor_id() and (buyer_id = actor_id() or is_seller_of(listing_id)));

create table orders (
  id bigint generated always as identity primary key,
  listing_id bigint not null references listings,
  buyer_id bigint not null references accounts,
  price_cents integer not null check (price_cents > 0),
  status text not null default 'open' check (status in ('open', 'paid', 'cancelled', 'refund due')),
  key text not null,
  unique (buyer_id, key)
);
create unique index one_order_per_listing on orders (listing_id) where status in ('open', 'paid');
alter table orders enable row level security;
create policy the_two_read on orders for select
  using (buyer_id = actor_id() or is_seller_of(listing_id) or actor_role() in ('admin', 'system'));
create policy buyers_order on orders for insert
  with check (actor_role() = 'buyer' and buyer_id = actor_id());
create policy buyers_cancel on orders for update
  using (buyer_id = actor_id() and status = 'open') with check (status = 'cancelled');
create policy payments_settle on orders for update using (actor_role() = 'system');

grant select, insert on listings, messages to market_api;
grant select, insert, update (status) on orders to market_api;
