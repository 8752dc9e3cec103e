-- What operators need: a record that nobody changes, switches to roll back by, mail that is due.
create table audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  event text not null,
  subject text not null
);
alter table audit_events enable row level security;
create policy anybody_adds on audit_events for insert with check (true);
create policy admins_read on audit_events for select using (actor_role() = 'admin');

create table switches (
  name text primary key,
  is_on boolean not null default true
);
alter table switches enable row level security;
create policy anybody_reads on switches for select using (true);
create policy admins_turn on switches for update using (actor_role() = 'admin');
insert into switches (name) values ('checkout'), ('recommendations'), ('digest');

create table digests (
  account_id bigint not null references accounts,
  day date not null default current_date,
  sent_at timestamptz, -- null: due
  primary key (account_id, day)
);
alter table digests enable row level security;
create policy own on digests for all using (account_id = actor_id());

grant select, insert on audit_events to market_api;
grant select, update (is_on) on switches to market_api;
grant select, insert, update (sent_at) on digests to market_api;
