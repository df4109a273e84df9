-- A card of a batch is not linked to a resident before its first individual act.
alter table cards.card alter column resident_id drop not null;
drop index cards.card_resident;
create unique index card_resident on cards.card (resident_id) where resident_id is not null;

alter table cards.card
    -- Where the card stands in the batch it came with; null when it was issued alone.
    add column batch_id text,
    add column part integer,
    add column place integer,
    -- Blind under which the index of persons knows the holder, for erasure before the card is linked.
    add column person uuid,
    -- Blind of the holder's name, to compare an import with what is here.
    add column holder uuid;
create index card_person on cards.card (person) where resident_id is null and person is not null;

-- Why a chip is dead: replaced, cancelled, destroyed.
alter table cards.chip add column ended text, add column ended_at timestamptz;

create table cards.batch (
    -- First 32 hexadecimal digits of the SM3 of the orders: the same orders are the same batch.
    batch_id text primary key,
    kind text not null check (kind in ('made', 'imported')),
    orders_sm3 text not null,
    part_size integer not null check (part_size > 0),
    issued_on date not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    manifest_sm3 text);

create table cards.batch_part (
    batch_id text not null references cards.batch,
    part integer not null,
    first_line integer not null,
    cards integer not null,
    rejected integer not null,
    first_chip text not null,
    last_chip text not null,
    file_sm3 text not null,
    -- One key per card of the part, sealed together under the node's key. Erasing a resident blanks that one key.
    holder_keys bytea not null,
    made_at timestamptz not null,
    personalised_at timestamptz,
    primary key (batch_id, part));
