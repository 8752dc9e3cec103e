drop table sessions, accounts;
drop function actor_id, actor_role; -- market_api stays: other databases of the server may use it
