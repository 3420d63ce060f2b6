create table ${schema}.guest (note text);
insert into ${schema}.guest values ('first');
