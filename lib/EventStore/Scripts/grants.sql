-- Applied after the numbered scripts, each time: what the application's role may do. Events are written once.
grant usage on schema ${schema} to ${role};
grant select, insert, update, delete on all tables in schema ${schema} to ${role};
grant usage, select on all sequences in schema ${schema} to ${role};
grant execute on all functions in schema ${schema} to ${role};
revoke update, delete, truncate on ${schema}.events from ${role};
revoke delete, truncate on ${schema}.streams from ${role};
revoke insert, update, delete, truncate on ${schema}.schema_version from ${role};
revoke insert, update, delete, truncate on ${schema}.projection_tables from ${role};
revoke insert, update, delete, truncate on ${schema}.events_archive from ${role};
