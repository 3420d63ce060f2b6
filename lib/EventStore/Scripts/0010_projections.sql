-- Which versions of each projection the database has. Tables belong to a version: programs of two versions side by side
-- read and write tables of their own.
-- state: building = its tables hold nothing yet that anybody may read; ready; retired = an inline one that a newer
-- version has replaced, and whose program may not append any more.
-- generation counts the switches to rebuilt tables: who still writes for the one before fails.
create table ${schema}.projections (
    name           text        not null,
    version        int         not null,
    lifecycle      text        not null,
    state          text        not null,
    generation     bigint      not null default 0,
    skips_in_a_row int         not null default 0,
    error          text,
    ready_at       timestamptz,
    primary key (name, version)
);

-- What may be dropped and renamed below; only the owner writes here. name is the table's name without its version.
create table ${schema}.projection_tables (
    table_name text not null primary key,
    projection text not null,
    version    int  not null,
    name       text not null
);

-- Rebuilds that are asked for (position null) or go on. The position is committed together with the rows.
create table ${schema}.projection_rebuilds (
    name              text             not null,
    version           int              not null,
    requested         timestamptz      not null,
    position          bigint,
    ceiling           bigint           not null default 0,
    events_per_second double precision not null default 0,
    updated           timestamptz      not null,
    primary key (name, version)
);

-- One row per stream whose events a projection has set aside, from that event on, until they are retried.
create table ${schema}.projection_skipped (
    id             bigint      not null generated always as identity primary key,
    projection     text        not null,
    version        int         not null,
    rebuilding     boolean     not null,
    stream_id      uuid        not null,
    tenant_id      text        not null,
    seq_id         bigint      not null,
    stream_version bigint      not null,
    type           text        not null,
    kind           text        not null,
    error          text        not null,
    attempts       int         not null,
    first_failed   timestamptz not null,
    last_failed    timestamptz not null,
    retry          boolean     not null default false,
    constraint projection_skipped_stream unique (projection, version, rebuilding, stream_id)
);
create index projection_skipped_by_stream on ${schema}.projection_skipped (stream_id);

-- Moves a projection's position, for a writer of its present tables only.
create function ${schema}.advance_projection(
    p_name text, p_version int, p_generation bigint, p_progress text, p_from bigint, p_to bigint, p_now timestamptz)
returns void language plpgsql as $$
begin
    perform from ${schema}.projections
      where name = p_name and version = p_version and generation = p_generation and state = 'ready' for share;
    if not found then
        raise exception using errcode = 'ES004', message = 'projection ' || p_name || ' was switched to other tables',
            hint = p_from || '|' || p_progress;
    end if;
    perform ${schema}.advance_progression(p_progress, p_from, p_to, p_now);
end $$;

-- Moves a rebuild's position from where its leader believes it to be.
create function ${schema}.advance_rebuild(
    p_name text, p_version int, p_generation bigint, p_from bigint, p_to bigint, p_ceiling bigint, p_rate double precision, p_now timestamptz)
returns void language plpgsql as $$
begin
    perform from ${schema}.projections where name = p_name and version = p_version and generation = p_generation for share;
    if found then
        update ${schema}.projection_rebuilds
           set position = p_to, ceiling = p_ceiling, events_per_second = p_rate, updated = p_now
         where name = p_name and version = p_version and position = p_from;
    end if;
    if not found then
        raise exception using errcode = 'ES004', message = 'the rebuild of ' || p_name || ' is not at ' || p_from,
            hint = p_from || '|rebuild of ' || p_name;
    end if;
end $$;

-- The application's role may not create tables: what it needs for a rebuild is done here with the owner's right, on
-- tables that the owner has named in projection_tables, and nothing else.
create function ${schema}.prepare_rebuild(p_name text, p_version int)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_table text;
begin
    for v_table in select table_name from ${schema}.projection_tables where projection = p_name and version = p_version loop
        execute format('drop table if exists ${schema}.%I', v_table || '__next');
        execute format('create table ${schema}.%I (like ${schema}.%I including all)', v_table || '__next', v_table);
        execute format('grant select, insert, update, delete on ${schema}.%I to ${role}', v_table || '__next');
    end loop;
end $$;

-- Puts the rebuilt tables in the place of the present ones. Indexes change names too: the next update of the schema
-- looks for them by name.
create function ${schema}.switch_rebuild(p_name text, p_version int)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_table text;
    v_index record;
begin
    for v_table in select table_name from ${schema}.projection_tables where projection = p_name and version = p_version order by table_name loop
        execute format('drop table if exists ${schema}.%I', v_table || '__old');
        execute format('alter table ${schema}.%I rename to %I', v_table, v_table || '__old');
        for v_index in
            with index_of as (
                select c.relname as table_name, i.indexrelid::regclass::text as qualified, x.relname as name,
                       row_number() over (partition by c.oid, definition order by i.indexrelid) as nth, definition
                  from pg_index i
                  join pg_class c on c.oid = i.indrelid
                  join pg_class x on x.oid = i.indexrelid
                 cross join lateral (select regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .* ON [^(]* USING ', ' USING ') as definition) d
                 where c.relnamespace = '${schema}'::regnamespace and c.relname in (v_table || '__old', v_table || '__next'))
            select o.qualified as old_index, o.name, n.qualified as new_index
              from index_of o join index_of n on n.definition = o.definition and n.nth = o.nth
             where o.table_name = v_table || '__old' and n.table_name = v_table || '__next'
        loop
            execute format('alter index %s rename to %I', v_index.old_index, 'replaced_' || (v_index.old_index::regclass::oid)::text);
            execute format('alter index %s rename to %I', v_index.new_index, v_index.name);
        end loop;
        execute format('alter table ${schema}.%I rename to %I', v_table || '__next', v_table);
    end loop;
end $$;

-- Drops what a switch has replaced.
create function ${schema}.drop_replaced(p_name text, p_version int)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_table text;
begin
    for v_table in select table_name from ${schema}.projection_tables where projection = p_name and version = p_version loop
        execute format('drop table if exists ${schema}.%I', v_table || '__old');
    end loop;
end $$;

-- Forgets a version that a newer one has replaced.
create function ${schema}.drop_projection_version(p_name text, p_version int)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_table text;
begin
    if not exists (select from ${schema}.projections where name = p_name and version > p_version and state = 'ready') then
        raise exception using message = 'version ' || p_version || ' of projection ' || p_name || ' is not replaced';
    end if;
    for v_table in select table_name from ${schema}.projection_tables where projection = p_name and version = p_version loop
        execute format('drop table if exists ${schema}.%I, ${schema}.%I, ${schema}.%I', v_table, v_table || '__next', v_table || '__old');
    end loop;
    delete from ${schema}.projection_tables where projection = p_name and version = p_version;
    delete from ${schema}.projection_rebuilds where name = p_name and version = p_version;
    delete from ${schema}.projection_skipped where projection = p_name and version = p_version;
    delete from ${schema}.event_progression where name = 'projection:' || p_name || ':v' || p_version;
    delete from ${schema}.projections where name = p_name and version = p_version;
end $$;

revoke all on function ${schema}.prepare_rebuild(text, int), ${schema}.switch_rebuild(text, int),
    ${schema}.drop_replaced(text, int), ${schema}.drop_projection_version(text, int) from public;
