-- Desks that may go on without the platform. Where the chain of each stands: the next entry must be last_seq + 1 and name last_hash.
create table cards.desk_journal (
    desk_id text primary key,
    institution_code text not null,
    -- SM2, 04|X|Y in hexadecimal.
    public_key text not null,
    last_seq bigint not null,
    last_hash text not null,
    last_at timestamptz not null,
    registered_at timestamptz not null,
    -- The key may be replaced: a person has seen that the desk lost its disk.
    is_released boolean not null default false);

-- Every entry once, for ever.
create table cards.offline_entry (
    desk_id text not null,
    seq bigint not null,
    visit_tx text not null,
    kind text not null,
    hash text not null,
    made_at timestamptz not null,
    taken_at timestamptz not null,
    primary key (desk_id, seq));

-- Blocks of visit numbers a desk may give while it is alone; out of cards.visit_counter, so that none is given twice.
create table cards.offline_numbers (
    desk_id text not null,
    day date not null,
    block integer not null,
    institution_code text not null,
    first integer not null,
    last integer not null,
    primary key (desk_id, day, block));

create table cards.offline_visit (
    visit_tx text primary key,
    institution_code text not null,
    desk_id text not null,
    visit_number text not null,
    -- Null while the card is not one of ours.
    resident_id text,
    card_id text not null,
    state text not null,
    total_fen bigint,
    registered_at timestamptz not null,
    changed_at timestamptz not null,
    unique (institution_code, visit_number));
create index offline_visit_desk on cards.offline_visit (desk_id, registered_at);
