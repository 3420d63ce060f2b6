-- An archived stream keeps its version by a check. The trigger that did so before locked the row and logged that lock at
-- every append to any stream: a tenth of the server's time of an append of one event.
drop trigger streams_archived on ${schema}.streams;
drop function ${schema}.refuse_archived();

create function ${schema}.refuse_archived(p_stream uuid) returns boolean language plpgsql as $$
begin
    raise exception using errcode = 'ES006', message = 'stream ' || p_stream || ' is archived', hint = p_stream::text;
end $$;

alter table ${schema}.streams add column archived_version bigint;
update ${schema}.streams set archived_version = version where archived is not null;
-- the function is reached only where the check fails, to say so in the store's own words
alter table ${schema}.streams add constraint streams_archived
    check (archived is null or version = archived_version or ${schema}.refuse_archived(id));

create or replace function ${schema}.archive_stream(p_stream uuid, p_tenant text, p_now timestamptz)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ${schema}.streams set archived = p_now, archived_version = version
     where id = p_stream and tenant_id = p_tenant and archived is null;
    if not found then
        return false;
    end if;
    with moved as (delete from ${schema}.events where stream_id = p_stream returning *)
    insert into ${schema}.events_archive select * from moved;
    return true;
end $$;

create or replace function ${schema}.unarchive_stream(p_stream uuid, p_tenant text)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update ${schema}.streams set archived = null, archived_version = null
     where id = p_stream and tenant_id = p_tenant and archived is not null;
    if not found then
        return false;
    end if;
    with moved as (delete from ${schema}.events_archive where stream_id = p_stream returning *)
    insert into ${schema}.events select * from moved;
    return true;
end $$;
