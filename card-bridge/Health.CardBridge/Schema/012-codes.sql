-- Every dynamic code that was read, once for ever. A desk whose answer was lost asks again under the same tap.
create table cards.code_use (
    nonce bigint primary key,
    card_id text not null,
    institution_code text not null,
    desk_id text not null,
    tap_id text,
    used_at timestamptz not null);
