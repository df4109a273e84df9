-- Loads of purses (圈存): the money comes from the purse's account at the operator; the bridge passes codes and holds no load key.
create table cards.purse_load (
    load_id text primary key,
    institution_code text not null,
    card_id text not null,
    chip_serial text not null,
    card_seq integer not null,
    terminal_no text not null,
    amount_fen bigint not null check (amount_fen > 0),
    state text not null,
    tac text,
    requested_at timestamptz not null,
    changed_at timestamptz not null);
-- One load per load sequence of a chip: another only when the first was refused or is proved not to have happened.
create unique index purse_load_once on cards.purse_load (chip_serial, card_seq) where state not in ('refused', 'not-loaded');
