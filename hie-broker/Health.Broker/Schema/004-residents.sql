create table broker.patient_link (
    patient_id text primary key,
    resident_id text not null,
    linked_seq bigint not null,
    -- Blinds of every element the source has said about this patient, so that a repeat is known without opening anything.
    facts uuid[] not null
);
create index on broker.patient_link (resident_id, linked_seq);

create table broker.resident_key (
    kind text not null,
    blind uuid not null,
    resident_id text not null,
    primary key (blind, kind)
);
create index on broker.resident_key (resident_id);

create table broker.identity_conflict (
    seq bigint primary key,
    patient_id text not null,
    resident_id text not null,
    other_resident_id text,
    reason text not null,
    raised_at timestamptz not null default now(),
    resolved_at timestamptz
);
create index on broker.identity_conflict (patient_id);
create index on broker.identity_conflict (raised_at) where resolved_at is null;
