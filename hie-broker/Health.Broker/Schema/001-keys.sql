create schema if not exists broker;

create table broker.data_key (
    key_id text primary key,
    purpose text not null,
    -- Sealed by the key-encryption key; null once destroyed.
    wrapped bytea,
    wrapped_by text not null,
    created_at timestamptz not null default now(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
