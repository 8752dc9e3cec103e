-- Money comes in by webhook alone, and each event of the payment service counts once.
create table subscriptions (
  id bigint generated always as identity primary key,
  account_id bigint not null unique references accounts,
  paid_until timestamptz -- null: not paid for yet
);
alter table subscriptions enable row level security;
create policy own on subscriptions for select
  using (account_id = actor_id() or actor_role() in ('admin', 'system'));
create policy subscribe on subscriptions for insert
  with check (account_id = actor_id() and paid_until is null);
create policy payments_extend on subscriptions for update using (actor_role() = 'system');

create table payments (
  event_id text primary key, -- the payment service's own id
  order_id bigint unique references orders,
  subscription_id bigint references subscriptions,
  amount_cents integer not null check (amount_cents > 0),
  received_at timestamptz not null default now(),
  check (num_nonnulls(order_id, subscription_id) = 1)
);
alter table payments enable row level security;
create policy webhook on payments for all using (actor_role() = 'system');
create policy admins_read on payments for select using (actor_role() = 'admin');

grant select, insert on payments to market_api;
grant select, insert, update (paid_until) on subscriptions to market_api;
