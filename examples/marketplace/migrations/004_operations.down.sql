drop table digests, switches, audit_events;
