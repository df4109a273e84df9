create schema cards;

-- One row per visit transaction, written with its facts: what desks, work list and restart look for.
create table cards.visit (
    visit_tx text primary key,
    institution_code text not null,
    desk_id text not null,
    visit_number text not null,
    resident_id text not null,
    card_id text not null,
    stage text not null,
    is_open boolean not null,
    reason text,
    total_fen bigint,
    fund_fen bigint,
    account_fen bigint,
    self_fen bigint,
    requested_at timestamptz not null,
    changed_at timestamptz not null,
    unique (institution_code, visit_number),
    check (total_fen is null or total_fen = fund_fen + account_fen + self_fen));
create index visit_open on cards.visit (institution_code, desk_id) where is_open;
create index visit_changed on cards.visit (changed_at) where is_open;

create table cards.visit_counter (
    institution_code text not null,
    day date not null,
    last integer not null,
    primary key (institution_code, day));

-- The last four digits of a msgid; with institution and second they never repeat, and the table below makes sure.
create sequence cards.msgid_seq minvalue 0 maxvalue 9999 cycle;
create table cards.insurer_message (
    msgid char(30) primary key,
    visit_tx text not null,
    infno text not null,
    made_at timestamptz not null);

-- Every purse transaction once, for ever. A TAC has 4 bytes and is unique only within its chip and sequence.
create table cards.purse_transaction (
    chip_serial text not null,
    card_seq integer not null,
    terminal_no text not null,
    term_seq bigint not null,
    visit_tx text not null,
    amount_fen bigint not null check (amount_fen > 0),
    state text not null,
    tac text,
    made_at timestamptz not null,
    primary key (chip_serial, card_seq, terminal_no, term_seq));
create unique index purse_transaction_tac on cards.purse_transaction (chip_serial, card_seq, tac) where tac is not null;

-- What a person must look at although the transaction goes on: a TAC the operator rejects, records that were refused.
create table cards.exception (
    exception_id uuid primary key,
    visit_tx text not null,
    institution_code text not null,
    kind text not null,
    detail text not null,
    found_at timestamptz not null,
    settled_at timestamptz);

-- Notices and messages to the operator, written with the facts and delivered at least once.
create table cards.outbox (
    position bigint generated always as identity primary key,
    message_id uuid not null unique,
    kind text not null,
    body jsonb not null,
    made_at timestamptz not null);

-- Cards by derived id; the number itself (it is the resident ID number) stands nowhere in clear.
create table cards.card (
    card_id text primary key,
    resident_id text not null,
    institution_code text not null,
    division_code text not null,
    stage text not null,
    chip_serial text not null,
    purse uuid,
    changed_at timestamptz not null);
create unique index card_resident on cards.card (resident_id);
create unique index card_purse on cards.card (purse) where purse is not null;

-- Every chip that was ever personalised.
create sequence cards.chip_seq;
create table cards.chip (
    chip_serial text primary key,
    card_id text not null,
    batch_id text not null,
    made_at timestamptz not null);
