-- irreversible: how an address was spelled is lost; the release before works with lower case as it is
update accounts set email = lower(email);
alter table accounts add constraint plain_email check (email = lower(email));
