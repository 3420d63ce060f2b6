-- Appends events to one stream and returns the stream's new version.
-- p_expected: null = whatever the version is, -1 = the stream must be new (start), otherwise the version before these
-- events (0 = no such stream). The version is checked before the first nextval, so that a loser burns no number.
-- p_contents are the SHA-256 of each event's content; the chain is built here, where the predecessor is known.
create function ${schema}.append_events(
    p_stream uuid, p_tenant text, p_aggregate_type text, p_expected bigint,
    p_timestamp timestamptz, p_actor text, p_correlation uuid, p_causation uuid, p_trace_parent text,
    p_ids uuid[], p_types text[], p_schema_versions int[], p_data json[], p_contents bytea[])
returns bigint language plpgsql as $$
declare
    v_count   int := cardinality(p_ids);
    v_version bigint;
    v_tenant  text;
    v_hash    bytea;
    v_hashes  bytea[];
begin
    -- 1. the stream's row: locked, and created where the caller allows it
    if p_expected > 0 or p_expected is null then
        select version, head_hash, tenant_id into v_version, v_hash, v_tenant
          from ${schema}.streams where id = p_stream for update;
    end if;
    if v_version is null then
        if p_expected > 0 then
            raise exception using errcode = 'ES001', message = 'stream ' || p_stream || ' does not exist',
                hint = p_stream || '|' || p_expected || '|0';
        end if;
        v_hash := decode('0000000000000000000000000000000000000000000000000000000000000000', 'hex');
        insert into ${schema}.streams (id, tenant_id, aggregate_type, version, head_hash, created, last_timestamp)
            values (p_stream, p_tenant, p_aggregate_type, 0, v_hash, p_timestamp, p_timestamp)
            on conflict (id) do nothing;
        if found then
            v_version := 0;
            v_tenant := p_tenant;
        else
            -- it exists, or somebody has just created it
            select version, head_hash, tenant_id into v_version, v_hash, v_tenant
              from ${schema}.streams where id = p_stream for update;
            if p_expected = -1 then
                raise exception using errcode = 'ES002', message = 'stream ' || p_stream || ' exists already',
                    hint = p_stream::text;
            end if;
        end if;
    end if;
    if v_tenant <> p_tenant then
        raise exception using errcode = 'ES003', message = 'stream ' || p_stream || ' belongs to another tenant',
            hint = p_stream::text;
    end if;
    if p_expected >= 0 and v_version <> p_expected then
        raise exception using errcode = 'ES001', message = 'stream ' || p_stream || ' is at version ' || v_version,
            hint = p_stream || '|' || p_expected || '|' || v_version;
    end if;

    -- 2. the in-flight floor: held from before the first nextval until this transaction has ended
    perform ${schema}.hold_floor();

    -- 3. the chain and the events
    for i in 1 .. v_count loop
        v_hash := sha256(v_hash || int8send(v_version + i) || p_contents[i]);
        v_hashes[i] := v_hash;
    end loop;
    insert into ${schema}.events (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id,
                                 actor, correlation_id, causation_id, trace_parent, hash)
        select nextval('${schema}.events_sequence'), e.id, p_stream, v_version + e.position, e.type, e.schema_version, e.data, p_timestamp, p_tenant,
               p_actor, p_correlation, p_causation, p_trace_parent, e.hash
          from unnest(p_ids, p_types, p_schema_versions, p_data, v_hashes) with ordinality
               as e(id, type, schema_version, data, hash, position);
    update ${schema}.streams set version = v_version + v_count, head_hash = v_hash, last_timestamp = p_timestamp
     where id = p_stream;
    return v_version + v_count;
end $$;

-- A shared advisory lock whose key is the sequence's last value before this transaction draws a number: every number
-- that this transaction can hold is above the key, and the lock goes only after its commit is visible or its rollback
-- is done. Readers stay at or below the lowest key (see log reading). High half of the key: the oid of the sequence,
-- unique in the database; low half: the last value modulo 2^32, which readers unfold around the present last value,
-- right as long as a transaction does not live through 2^31 events. Nobody takes the lock exclusively: nobody waits.
create function ${schema}.hold_floor() returns void language sql as $$
    select pg_advisory_xact_lock_shared(
        ('${schema}.events_sequence'::regclass::oid::bigint << 32)
        | (coalesce(pg_sequence_last_value('${schema}.events_sequence'::regclass), 0) & 4294967295));
$$;
