drop table payments, subscriptions;
