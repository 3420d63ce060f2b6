-- Events of finished streams lie apart, so that what is appended to and followed stays small. Appends write the live
-- table itself and pay nothing for the archive; its constraints are its own. An archived stream gets no event more.
alter table ${schema}.streams add column archived timestamptz;

create table ${schema}.events_archive (like ${schema}.events including all);

-- What readers of streams, of the log and of the chain read.
create view ${schema}.all_events as
    select seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, correlation_id, causation_id, trace_parent, hash
      from ${schema}.events
    union all
    select seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, correlation_id, causation_id, trace_parent, hash
      from ${schema}.events_archive;

-- Whatever way an append takes, it moves its stream's version.
create function ${schema}.refuse_archived() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'ES006', message = 'stream ' || old.id || ' is archived', hint = old.id::text;
end $$;

create trigger streams_archived before update on ${schema}.streams
    for each row when (old.archived is not null and new.version <> old.version) execute function ${schema}.refuse_archived();

-- Moves a stream's events, all of them and as they are; false where there is nothing to move. The row of the stream keeps
-- appends away meanwhile. A reader sees each event in one of the two tables, since it sees the move whole or not at all.
create function ${schema}.archive_stream(p_stream uuid, p_tenant text, p_now timestamptz)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ${schema}.streams set archived = p_now where id = p_stream and tenant_id = p_tenant and archived is null;
    if not found then
        return false;
    end if;
    with moved as (delete from ${schema}.events where stream_id = p_stream returning *)
    insert into ${schema}.events_archive select * from moved;
    return true;
end $$;

create function ${schema}.unarchive_stream(p_stream uuid, p_tenant text)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ${schema}.streams set archived = null where id = p_stream and tenant_id = p_tenant and archived is not null;
    if not found then
        return false;
    end if;
    with moved as (delete from ${schema}.events_archive where stream_id = p_stream returning *)
    insert into ${schema}.events select * from moved;
    return true;
end $$;

revoke all on function ${schema}.archive_stream(uuid, text, timestamptz), ${schema}.unarchive_stream(uuid, text) from public;
