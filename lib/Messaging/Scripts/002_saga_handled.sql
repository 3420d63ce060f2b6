-- All that handling one message of one instance writes besides its events: one call. Version 0 is a new instance.
create or replace function ${schema}.saga_handled(
    p_endpoint text, p_message_id uuid,
    p_saga_type text, p_correlation_id uuid, p_version integer, p_current_state text, p_data jsonb)
returns void language plpgsql as $$
begin
    insert into ${schema}.inbox (endpoint, message_id) values (p_endpoint, p_message_id);
    if p_version = 0 then
        insert into ${schema}.saga_state (saga_type, correlation_id, current_state, version, data)
            values (p_saga_type, p_correlation_id, p_current_state, 1, p_data);
    else
        perform ${schema}.saga_state_update(p_saga_type, p_correlation_id, p_version, p_current_state, p_data);
    end if;
end
$$;
