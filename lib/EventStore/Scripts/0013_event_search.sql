-- What the searches of one tenant's events read (EventLog.Search): all of them, or those of some types, in the order of
-- the log. Streams have their own index. A time is first made a span of sequences, from the third index alone.
create index events_tenant on ${schema}.events (tenant_id, seq_id);
create index events_tenant_type on ${schema}.events (tenant_id, type, seq_id);
create index events_timestamp on ${schema}.events (timestamp, seq_id);

create index events_archive_tenant on ${schema}.events_archive (tenant_id, seq_id);
create index events_archive_tenant_type on ${schema}.events_archive (tenant_id, type, seq_id);
create index events_archive_timestamp on ${schema}.events_archive (timestamp, seq_id);
