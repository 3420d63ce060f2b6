-- Where the relay's leader stands, written by it every second: one row. Times are the database's.
create table if not exists ${schema}.relay_status (
    name          text             not null,
    process       text             not null,
    is_leader     boolean          not null,
    leader_since  timestamptz      not null,
    position      bigint           not null,
    published     bigint           not null,
    rate          double precision not null,
    problem       text,
    problem_since timestamptz,
    heartbeat     timestamptz      not null,
    constraint relay_status_pkey primary key (name)
);

-- The rate is that of the time since the heartbeat before, smoothed over about five of them.
create or replace function ${schema}.relay_heartbeat(p_process text, p_leading boolean, p_position bigint, p_published bigint, p_problem text)
returns void language sql as $$
    insert into ${schema}.relay_status as s (name, process, is_leader, leader_since, position, published, rate, problem, problem_since, heartbeat)
    values ('relay', p_process, p_leading, clock_timestamp(), p_position, p_published, 0, p_problem,
            case when p_problem is not null then clock_timestamp() end, clock_timestamp())
    on conflict (name) do update set
        process = excluded.process,
        is_leader = excluded.is_leader,
        leader_since = case when s.process = excluded.process and s.is_leader = excluded.is_leader then s.leader_since else clock_timestamp() end,
        position = greatest(s.position, excluded.position),
        published = excluded.published,
        rate = case when s.process <> excluded.process or excluded.published < s.published then 0
                    else 0.8 * s.rate + 0.2 * (excluded.published - s.published)
                         / greatest(0.001, extract(epoch from clock_timestamp() - s.heartbeat)) end,
        problem = excluded.problem,
        problem_since = case when excluded.problem is null then null else coalesce(s.problem_since, clock_timestamp()) end,
        heartbeat = clock_timestamp();
$$;

-- Who sent a range of events to one endpoint again: kept for good.
create table if not exists ${schema}.relay_republish (
    id            uuid        not null,
    at            timestamptz not null default clock_timestamp(),
    by            text        not null,
    endpoint      text        not null,
    from_sequence bigint      not null,
    to_sequence   bigint      not null,
    forget_inbox  boolean     not null,
    sent          bigint,
    forgotten     bigint,
    constraint relay_republish_pkey primary key (id)
);

create or replace function ${schema}.relay_republish_is_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.sent is null
       and (new.id, new.at, new.by, new.endpoint, new.from_sequence, new.to_sequence, new.forget_inbox)
         = (old.id, old.at, old.by, old.endpoint, old.from_sequence, old.to_sequence, old.forget_inbox) then
        return new;
    end if;
    raise exception 'relay_republish is a record: its rows are neither changed nor deleted';
end
$$;

create or replace trigger relay_republish_kept before update or delete on ${schema}.relay_republish
    for each row execute function ${schema}.relay_republish_is_kept();

grant select, insert, update on ${schema}.relay_status to ${role};
grant select, insert, update on ${schema}.relay_republish to ${role};
