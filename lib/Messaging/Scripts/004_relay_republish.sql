-- PL/pgSQL cannot name a record's field that is a word of its own syntax.
alter table ${schema}.relay_republish rename column by to requested_by;

create or replace function ${schema}.relay_republish_is_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.sent is null
       and (new.id, new.at, new.requested_by, new.endpoint, new.from_sequence, new.to_sequence, new.forget_inbox)
         = (old.id, old.at, old.requested_by, old.endpoint, old.from_sequence, old.to_sequence, old.forget_inbox) then
        return new;
    end if;
    raise exception 'relay_republish is a record: its rows are neither changed nor deleted';
end
$$;
