-- One row per amount that moved, in either direction, as the bridge knows it: its side of a day's reconciliation. Written in the
-- transaction of the fact it tells of; names no person.
create table cards.ledger (
    -- The key under which the movement exists once for ever: purse transaction, refund, setl_id, receipt.
    entry_key text primary key,
    visit_tx text not null,
    institution_code text not null,
    desk_id text not null,
    cashier text,
    -- Day in China.
    business_day date not null,
    party text not null check (party in ('city-card', 'insurer', 'his', 'bank', 'mobile', 'cash')),
    kind text not null check (kind in ('charge', 'refund')),
    -- How the other party names it.
    party_reference text not null,
    -- Positive when it came in, negative when it went back.
    amount_fen bigint not null check (amount_fen <> 0 and (amount_fen > 0) = (kind = 'charge')),
    -- The insurer's parts of an entry of the insurer.
    fund_fen bigint,
    account_fen bigint,
    terminal_no text,
    term_seq bigint,
    tac text,
    state text not null check (state in ('decided', 'unknown')),
    made_at timestamptz not null);
create index ledger_day on cards.ledger (institution_code, business_day, party);
create index ledger_visit on cards.ledger (visit_tx);
