-- The heads of all streams. Updates stay on their page (no indexed column changes), for which the fill factor leaves room.
create table ${schema}.streams (
    id             uuid        not null primary key,
    tenant_id      text        not null,
    aggregate_type text,
    version        bigint      not null,
    head_hash      bytea       not null,
    created        timestamptz not null,
    last_timestamp timestamptz not null
) with (fillfactor = 80);

-- CACHE 1 is a condition of the in-flight floor: a connection that hoards numbers would use one below a later floor.
create sequence ${schema}.events_sequence as bigint cache 1;

-- json, not jsonb: the exact bytes are hashed and exported. No foreign key to streams: its trigger costs more than the
-- rest of the insert, and the verification of the hash chain finds what it would forbid.
create table ${schema}.events (
    seq_id         bigint      not null primary key,
    id             uuid        not null,
    stream_id      uuid        not null,
    version        bigint      not null,
    type           text        not null,
    schema_version int         not null,
    data           json        not null,
    timestamp      timestamptz not null,
    tenant_id      text        not null,
    actor          text,
    correlation_id uuid,
    causation_id   uuid,
    trace_parent   text,
    hash           bytea       not null,
    constraint events_id unique (id),
    constraint events_stream_version unique (stream_id, version)
);

create table ${schema}.event_progression (
    name         text        not null primary key,
    last_seq_id  bigint      not null,
    last_updated timestamptz not null
);

-- Moves a named position from where its owner believes it to be.
create function ${schema}.advance_progression(p_name text, p_from bigint, p_to bigint, p_now timestamptz)
returns void language plpgsql as $$
begin
    update ${schema}.event_progression set last_seq_id = p_to, last_updated = p_now
     where name = p_name and last_seq_id = p_from;
    if found then
        return;
    end if;
    if p_from = 0 then
        insert into ${schema}.event_progression (name, last_seq_id, last_updated) values (p_name, p_to, p_now)
            on conflict (name) do nothing;
        if found then
            return;
        end if;
    end if;
    raise exception using errcode = 'ES004', message = 'progression ' || p_name || ' is not at ' || p_from,
        hint = p_from || '|' || p_name;
end $$;

-- Lets a statement fail when it did not change as many rows as it had to:
-- with changed as (update … returning 1) select expect_rows(count(*), 1, 'saga … is not at version …') from changed
create function ${schema}.expect_rows(p_actual bigint, p_expected bigint, p_message text)
returns void language plpgsql as $$
begin
    if p_actual <> p_expected then
        raise exception using errcode = 'ES005', message = p_message;
    end if;
end $$;
