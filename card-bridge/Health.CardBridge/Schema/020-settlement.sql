-- Who sat at the desk when it last asked something of the visit: the cashier of the amounts that follow from it.
alter table cards.visit add column cashier text;

-- Every order at the acquirer once, for ever. A leg that is tried again has a number of its own.
create table cards.tender_order (
    order_no text primary key,
    visit_tx text not null,
    leg text not null,
    kind text not null,
    amount_fen bigint not null check (amount_fen > 0),
    state text not null,
    made_at timestamptz not null);

-- Every receipt once, black or red; a visit has one of each at most.
create table cards.receipt (
    receipt_no text primary key,
    visit_tx text not null,
    kind text not null check (kind in ('receipt', 'red')),
    made_at timestamptz not null,
    unique (visit_tx, kind));

create table cards.rating (
    visit_tx text primary key,
    institution_code text not null,
    stars integer not null check (stars between 1 and 5),
    made_at timestamptz not null);
