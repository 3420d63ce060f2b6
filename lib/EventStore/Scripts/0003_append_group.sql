-- Appends of several saves in one call and one transaction. What append_events promises holds for each of them; the two
-- change together. An append that does not find its stream as expected is left out: its place in the result is null,
-- its neighbours are written, and it burns no number, since all versions are checked before the first nextval.
-- Per append, in the order of streams, so that two groups do not lock crosswise: stream, tenant, aggregate type,
-- expected version (as in append_events), number of events, circumstances. Per event, append after append: the rest.
-- Two appends of one stream see each other's version, in the order given.
create function ${schema}.append_group(
    p_streams uuid[], p_tenants text[], p_aggregate_types text[], p_expected bigint[], p_counts int[],
    p_timestamps timestamptz[], p_actors text[], p_correlations uuid[], p_causations uuid[], p_trace_parents text[],
    p_ids uuid[], p_types text[], p_schema_versions int[], p_data json[], p_contents bytea[])
returns bigint[] language plpgsql as $$
declare
    v_expected bigint;
    v_count    int;
    v_before   int := 0;  -- events of the appends before this one
    v_version  bigint;    -- before the append; null until the stream's row is ours
    v_hash     bytea;
    v_results  bigint[];  -- per append: the stream's new version, null where it was refused
    v_appends  int[];     -- per event: its append, null where that was refused
    v_versions bigint[];
    v_hashes   bytea[];
    v_floor    text;
begin
    -- 1. the streams' rows: versions checked and moved, or rows created
    for a in 1 .. cardinality(p_streams) loop
        v_expected := p_expected[a];
        v_count := p_counts[a];
        v_version := null;
        for attempt in 1 .. 2 loop
            if v_expected is null or v_expected > 0 then
                if v_count = 1 then
                    update ${schema}.streams
                       set version = version + 1, last_timestamp = p_timestamps[a],
                           head_hash = sha256(head_hash || int8send(version + 1) || p_contents[v_before + 1])
                     where id = p_streams[a] and tenant_id = p_tenants[a] and (v_expected is null or version = v_expected)
                    returning version - 1, head_hash into v_version, v_hash;
                    v_hashes[v_before + 1] := v_hash;
                else
                    select version, head_hash into v_version, v_hash from ${schema}.streams
                     where id = p_streams[a] and tenant_id = p_tenants[a] and (v_expected is null or version = v_expected)
                       for update;
                    if found then
                        for i in 1 .. v_count loop
                            v_hash := sha256(v_hash || int8send(v_version + i) || p_contents[v_before + i]);
                            v_hashes[v_before + i] := v_hash;
                        end loop;
                        update ${schema}.streams
                           set version = v_version + v_count, last_timestamp = p_timestamps[a], head_hash = v_hash
                         where id = p_streams[a];
                    end if;
                end if;
            end if;
            exit when v_version is not null or v_expected > 0;

            v_hash := '\x0000000000000000000000000000000000000000000000000000000000000000';
            for i in 1 .. v_count loop
                v_hash := sha256(v_hash || int8send(i) || p_contents[v_before + i]);
                v_hashes[v_before + i] := v_hash;
            end loop;
            insert into ${schema}.streams (id, tenant_id, aggregate_type, version, head_hash, created, last_timestamp)
                values (p_streams[a], p_tenants[a], p_aggregate_types[a], v_count, v_hash, p_timestamps[a], p_timestamps[a])
                on conflict (id) do nothing;
            if found then
                v_version := 0;
            end if;
            exit when v_version is not null or v_expected is not null;
        end loop;
        v_results[a] := v_version + v_count;
        for i in 1 .. v_count loop
            v_appends[v_before + i] := case when v_version is not null then a end;
            v_versions[v_before + i] := v_version + i;
            if v_version is null then
                v_hashes[v_before + i] := null;
            end if;
        end loop;
        v_before := v_before + v_count;
    end loop;

    -- 2. the in-flight floor, as in append_events: after all versions, before the first number
    v_floor := pg_advisory_xact_lock_shared(
        ('${schema}.events_sequence'::regclass::oid::bigint << 32)
        | (coalesce(pg_sequence_last_value('${schema}.events_sequence'::regclass), 0) & 4294967295))::text;

    -- 3. the events, numbered in the order given
    insert into ${schema}.events (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id,
                                 actor, correlation_id, causation_id, trace_parent, hash)
        select nextval('${schema}.events_sequence'), e.id, p_streams[e.append], e.version, e.type, e.schema_version, e.data,
               p_timestamps[e.append], p_tenants[e.append], p_actors[e.append], p_correlations[e.append],
               p_causations[e.append], p_trace_parents[e.append], e.hash
          from unnest(p_ids, p_types, p_schema_versions, p_data, v_hashes, v_versions, v_appends)
               as e(id, type, schema_version, data, hash, version, append)
         where e.append is not null;
    return v_results;
end $$;
