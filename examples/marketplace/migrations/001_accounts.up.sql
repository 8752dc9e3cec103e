-- People, and who is asking. The API works as market_api and tells the database in whose name
-- (market.actor, market.role); the policies below and in later migrations hold it to that.
do $$ begin
  create role market_api nologin;
exception when duplicate_object or unique_violation then null; -- a role belongs to the whole server
end $$;

create function actor_id() returns bigint language sql stable
  as $$ select nullif(current_setting('market.actor', true), '')::bigint $$;
create function actor_role() returns text language sql stable
  as $$ select coalesce(current_setting('market.role', true), 'guest') $$;

create table accounts (
  id bigint generated always as identity primary key,
  email text not null unique,
  password_hash text not null,
  role text not null check (role in ('buyer', 'seller', 'admin')),
  created_at timestamptz not null default now()
);
alter table accounts enable row level security;
create policy own on accounts for select using (id = actor_id() or actor_role() in ('admin', 'system'));
create policy sign_up on accounts for insert
  with check (actor_role() = 'system' and role in ('buyer', 'seller'));

create table sessions (
  token_hash text primary key,
  account_id bigint not null references accounts,
  expires_at timestamptz not null default now() + interval '12 hours'
);
alter table sessions enable row level security;
create policy sign_in on sessions for all using (actor_role() = 'system');

grant select, insert on accounts to market_api;
grant select, insert, delete on sessions to market_api;
