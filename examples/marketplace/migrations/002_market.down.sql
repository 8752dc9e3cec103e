drop table orders, messages;
drop function is_seller_of;
drop table listings;
