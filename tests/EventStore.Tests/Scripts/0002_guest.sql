insert into ${schema}.guest values ('second');
grant select on ${schema}.guest to ${role};
