-- Figures of the console: counters and small rows fed by notices. Days are local days (UTC+8). Persons by pseudonymous resident id only.
create schema if not exists console;

-- Every notice counts once, however often it is delivered.
create table console.notice_seen (
    notice_id uuid primary key,
    happened_at timestamptz not null,
    seen_at timestamptz not null
);
create index notice_seen_last on console.notice_seen (seen_at desc);

create table console.message_count (
    day date not null,
    institution text not null,
    message_type text not null,
    outcome text not null,
    messages bigint not null,
    primary key (day, institution, message_type, outcome)
);

create table console.registration (
    day date not null,
    institution text not null,
    channel text not null,
    visits bigint not null,
    primary key (day, institution, channel)
);

-- Money in fen.
create table console.settlement (
    day date not null,
    institution text not null,
    channel text not null,
    visits bigint not null,
    total_fen bigint not null,
    fund_fen bigint not null,
    account_fen bigint not null,
    self_fen bigint not null,
    primary key (day, institution, channel)
);

-- One row per person with a card: a second card of the same person does not count again.
create table console.card (
    resident_id text primary key,
    division text not null,
    issued_at timestamptz not null,
    purse_bound boolean not null
);
create table console.card_count (
    division text primary key,
    persons bigint not null,
    both_applications bigint not null
);

create table console.payment (
    visit_id text primary key,
    institution text not null,
    state text not null,
    changed_at timestamptz not null
);
create index payment_undecided on console.payment (changed_at) where state = 'unknown';
