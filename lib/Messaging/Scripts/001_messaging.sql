-- What a consumer has handled: written in the transaction that holds the effects, read before a message is handled.
create table if not exists ${schema}.inbox (
    endpoint   text        not null,
    message_id uuid        not null,
    received   timestamptz not null default clock_timestamp(),
    constraint inbox_pkey primary key (endpoint, message_id)
);

-- rows come in the order of time, so that a block range index is enough to find the old ones
create index if not exists inbox_received_idx on ${schema}.inbox using brin (received);

create table if not exists ${schema}.saga_state (
    saga_type      text        not null,
    correlation_id uuid        not null,
    current_state  text,
    version        integer     not null,
    data           jsonb       not null,
    updated        timestamptz not null default clock_timestamp(),
    constraint saga_state_pkey primary key (saga_type, correlation_id)
) with (fillfactor = 70);

create index if not exists saga_state_by_state_idx on ${schema}.saga_state (saga_type, current_state);

create table if not exists ${schema}.scheduled_message (
    token       uuid        not null,
    message_id  uuid        not null,
    due         timestamptz not null,
    destination text        not null,
    body        text        not null,
    attempts    integer     not null default 0,
    retry_at    timestamptz,
    last_error  text,
    constraint scheduled_message_pkey primary key (token)
);

create index if not exists scheduled_message_due_idx on ${schema}.scheduled_message (due);

-- The version check raises, so that it undoes the whole transaction even where nobody reads its result.
create or replace function ${schema}.saga_state_update(
    p_saga_type text, p_correlation_id uuid, p_version integer, p_current_state text, p_data jsonb)
returns void language plpgsql as $$
begin
    update ${schema}.saga_state
       set current_state = p_current_state, version = p_version + 1, data = p_data, updated = clock_timestamp()
     where saga_type = p_saga_type and correlation_id = p_correlation_id and version = p_version;
    if not found then
        raise exception 'saga % % is no longer at version %', p_saga_type, p_correlation_id, p_version
            using errcode = 'OI001';
    end if;
end
$$;

create or replace function ${schema}.saga_state_delete(p_saga_type text, p_correlation_id uuid, p_version integer)
returns void language plpgsql as $$
begin
    delete from ${schema}.saga_state
     where saga_type = p_saga_type and correlation_id = p_correlation_id and version = p_version;
    if not found then
        raise exception 'saga % % is no longer at version %', p_saga_type, p_correlation_id, p_version
            using errcode = 'OI001';
    end if;
end
$$;

grant select, insert, delete on ${schema}.inbox to ${role};
grant select, insert, update, delete on ${schema}.saga_state to ${role};
grant select, insert, update, delete on ${schema}.scheduled_message to ${role};
