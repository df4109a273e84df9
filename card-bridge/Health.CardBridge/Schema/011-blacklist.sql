-- Who may not pay or be served, as the 8-byte keys a list is made of (Health.Cards, BlacklistKey): chips because of their card, purses
-- because of the operator.
create table cards.blocked (
    list_key bigint not null,
    source text not null check (source in ('card', 'operator')),
    since timestamptz not null,
    primary key (list_key, source));

-- Whoever publishes the list is woken at commit.
create function cards.tell_blocked() returns trigger language plpgsql as $$
begin
    perform pg_notify('card_blocked', '');
    return null;
end $$;
create trigger blocked_changed after insert or update or delete on cards.blocked for each statement execute function cards.tell_blocked();

-- When the operator's list was read last: a list is no younger than its older half.
create table cards.blacklist_source (
    source text primary key,
    read_at timestamptz not null);

-- Signed versions. The newest holds the whole document, the others what changed, for deltas.
create table cards.blacklist_version (
    version bigint primary key,
    issued_at timestamptz not null,
    key_id bigint not null,
    added bigint[] not null,
    removed bigint[] not null,
    document bytea);
