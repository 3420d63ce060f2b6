-- States of aggregates, kept so that long streams need not be folded from their beginning. hash is that of the event at
-- version, so that a state of another history is known; fingerprint says of which code it is. The text as it was written,
-- since nobody asks for its parts.
create table ${schema}.snapshots (
    stream_id   uuid        not null,
    aggregate   text        not null,
    fingerprint bytea       not null,
    tenant_id   text        not null,
    version     bigint      not null,
    hash        bytea       not null,
    data        json        not null,
    taken       timestamptz not null,
    primary key (stream_id, aggregate, fingerprint)
);
