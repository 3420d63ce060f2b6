-- Appends events to one stream and returns the stream's new version.
-- p_expected: null = whatever the version is, -1 = the stream must be new (start), otherwise the version before these
-- events (0 = no such stream). The version is checked before the first nextval, so that a loser burns no number.
-- p_contents are the SHA-256 of each event's content; the chain is built here, where the predecessor is known.
-- A single event, the most frequent case by far, is written without arrays' set functions and with one look at the stream.
create function ${schema}.append_events(
    p_stream uuid, p_tenant text, p_aggregate_type text, p_expected bigint,
    p_timestamp timestamptz, p_actor text, p_correlation uuid, p_causation uuid, p_trace_parent text,
    p_ids uuid[], p_types text[], p_schema_versions int[], p_data json[], p_contents bytea[])
returns bigint language plpgsql as $$
declare
    v_count   int := cardinality(p_ids);
    v_version bigint;   -- before the append; null until the stream's row is ours
    v_hash    bytea;    -- of the predecessor, in the end of the last event
    v_hashes  bytea[];
    v_floor   text;
begin
    -- 1. the stream's row: its version checked and moved, or the row created
    for attempt in 1 .. 2 loop
        if p_expected is null or p_expected > 0 then
            if v_count = 1 then
                update ${schema}.streams
                   set version = version + 1, last_timestamp = p_timestamp,
                       head_hash = sha256(head_hash || int8send(version + 1) || p_contents[1])
                 where id = p_stream and tenant_id = p_tenant and (p_expected is null or version = p_expected)
                returning version - 1, head_hash into v_version, v_hash;
            else
                select version, head_hash into v_version, v_hash from ${schema}.streams
                 where id = p_stream and tenant_id = p_tenant and (p_expected is null or version = p_expected)
                   for update;
                if found then
                    for i in 1 .. v_count loop
                        v_hash := sha256(v_hash || int8send(v_version + i) || p_contents[i]);
                        v_hashes[i] := v_hash;
                    end loop;
                    update ${schema}.streams
                       set version = v_version + v_count, last_timestamp = p_timestamp, head_hash = v_hash
                     where id = p_stream;
                end if;
            end if;
        end if;
        exit when v_version is not null or p_expected > 0;

        v_hash := '\x0000000000000000000000000000000000000000000000000000000000000000';
        for i in 1 .. v_count loop
            v_hash := sha256(v_hash || int8send(i) || p_contents[i]);
            v_hashes[i] := v_hash;
        end loop;
        insert into ${schema}.streams (id, tenant_id, aggregate_type, version, head_hash, created, last_timestamp)
            values (p_stream, p_tenant, p_aggregate_type, v_count, v_hash, p_timestamp, p_timestamp)
            on conflict (id) do nothing;
        if found then
            v_version := 0;
        end if;
        -- where it exists by now, whoever takes any version looks once more
        exit when v_version is not null or p_expected is not null;
    end loop;
    if v_version is null then
        perform ${schema}.refuse_append(p_stream, p_tenant, p_expected);
    end if;

    -- 2. the in-flight floor, held from before the first nextval until this transaction has ended: a shared advisory
    -- lock whose key is the sequence's last value now. Every number that this transaction can draw is above the key, and
    -- the lock goes only after its commit is visible or its rollback is done. Readers stay at or below the lowest key
    -- (see log reading). High half of the key: the oid of the sequence, unique in the database; low half: the last
    -- value modulo 2^32, which readers unfold around the present last value, right as long as no transaction lives
    -- through 2^31 events. Nobody takes the lock exclusively, so nobody waits. (An assignment costs less than a PERFORM.)
    v_floor := pg_advisory_xact_lock_shared(
        ('${schema}.events_sequence'::regclass::oid::bigint << 32)
        | (coalesce(pg_sequence_last_value('${schema}.events_sequence'::regclass), 0) & 4294967295))::text;

    -- 3. the events
    if v_count = 1 then
        insert into ${schema}.events (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id,
                                     actor, correlation_id, causation_id, trace_parent, hash)
            values (nextval('${schema}.events_sequence'), p_ids[1], p_stream, v_version + 1, p_types[1], p_schema_versions[1], p_data[1], p_timestamp, p_tenant,
                    p_actor, p_correlation, p_causation, p_trace_parent, v_hash);
    else
        insert into ${schema}.events (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id,
                                     actor, correlation_id, causation_id, trace_parent, hash)
            select nextval('${schema}.events_sequence'), e.id, p_stream, v_version + e.position, e.type, e.schema_version, e.data, p_timestamp, p_tenant,
                   p_actor, p_correlation, p_causation, p_trace_parent, e.hash
              from unnest(p_ids, p_types, p_schema_versions, p_data, v_hashes) with ordinality
                   as e(id, type, schema_version, data, hash, position);
    end if;
    return v_version + v_count;
end $$;

-- Says why an append did not find its stream as expected.
create function ${schema}.refuse_append(p_stream uuid, p_tenant text, p_expected bigint)
returns void language plpgsql as $$
declare
    v_version bigint;
    v_tenant  text;
begin
    select version, tenant_id into v_version, v_tenant from ${schema}.streams where id = p_stream;
    if v_version is not null and p_expected = -1 then
        raise exception using errcode = 'ES002', message = 'stream ' || p_stream || ' exists already',
            hint = p_stream::text;
    elsif v_tenant <> p_tenant then
        raise exception using errcode = 'ES003', message = 'stream ' || p_stream || ' belongs to another tenant',
            hint = p_stream::text;
    end if;
    raise exception using errcode = 'ES001', message = 'stream ' || p_stream || ' is at version ' || coalesce(v_version, 0),
        hint = p_stream || '|' || coalesce(p_expected, -1) || '|' || coalesce(v_version, 0);
end $$;
