-- What saga_handled does, for several messages of different instances in one call. A message that was handled before, a
-- new instance that exists or a version that has moved on fails them all.
create or replace function ${schema}.saga_handled_group(
    p_endpoints text[], p_message_ids uuid[],
    p_saga_types text[], p_correlation_ids uuid[], p_versions integer[], p_current_states text[], p_data jsonb[])
returns void language plpgsql as $$
declare
    v_changed bigint;
begin
    insert into ${schema}.inbox (endpoint, message_id) select * from unnest(p_endpoints, p_message_ids);
    if 0 = any(p_versions) then
        insert into ${schema}.saga_state (saga_type, correlation_id, current_state, version, data)
            select n.saga_type, n.correlation_id, n.current_state, 1, n.data
              from unnest(p_saga_types, p_correlation_ids, p_versions, p_current_states, p_data)
                   as n(saga_type, correlation_id, version, current_state, data)
             where n.version = 0;
    end if;
    update ${schema}.saga_state s
       set current_state = n.current_state, version = n.version + 1, data = n.data, updated = clock_timestamp()
      from unnest(p_saga_types, p_correlation_ids, p_versions, p_current_states, p_data)
           as n(saga_type, correlation_id, version, current_state, data)
     where n.version > 0 and s.saga_type = n.saga_type and s.correlation_id = n.correlation_id and s.version = n.version;
    get diagnostics v_changed = row_count;
    if v_changed <> cardinality(array_remove(p_versions, 0)) then
        raise exception '% of % sagas are no longer at the version that was read',
                cardinality(array_remove(p_versions, 0)) - v_changed, cardinality(p_versions)
            using errcode = 'OI001';
    end if;
end
$$;
