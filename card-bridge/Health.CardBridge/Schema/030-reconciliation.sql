-- A day of one institution, from its first statement to its seal. A row here with sealed_at is a closed day.
create table cards.account_day (
    institution_code text not null,
    business_day date not null,
    stage text not null,
    -- SM3 over the sorted lines of all parties, hexadecimal.
    seal text,
    line_count bigint,
    sealed_at timestamptz,
    -- The PaymentReconciliation of a closed day is in the record.
    recorded_at timestamptz,
    changed_at timestamptz not null,
    primary key (institution_code, business_day),
    check ((seal is null) = (sealed_at is null)));
create index account_day_unrecorded on cards.account_day (sealed_at) where sealed_at is not null and recorded_at is null;

-- What the other parties say, line by line, as it was last collected. '-' is the institution of a line that belongs to no clinic known here.
create table cards.statement_line (
    institution_code text not null,
    business_day date not null,
    party text not null,
    line_no integer not null,
    reference text not null,
    kind text not null check (kind in ('charge', 'refund')),
    amount_fen bigint not null,
    tac text,
    state text,
    primary key (business_day, institution_code, party, line_no));
create index statement_line_reference on cards.statement_line (party, reference);

-- Which statements are here: one per party, institution and day.
create table cards.statement (
    business_day date not null,
    institution_code text not null,
    party text not null,
    -- 'lines', or 'totals' when the other party agreed to our totals and gave no lines.
    form text not null check (form in ('lines', 'totals')),
    line_count integer not null,
    sum_fen bigint not null,
    sm3 text not null,
    collected_at timestamptz not null,
    primary key (business_day, institution_code, party));

-- What does not agree. An open one is on the work list; a resolved one says by which rule or by whom and why.
create table cards.difference (
    difference_id uuid primary key,
    institution_code text not null,
    business_day date not null,
    party text not null,
    kind text not null,
    reference text not null,
    ours_fen bigint,
    theirs_fen bigint,
    detail text,
    visit_tx text,
    found_at timestamptz not null,
    rule text,
    resolved_by text,
    reason text,
    resolved_at timestamptz);
create index difference_open on cards.difference (institution_code, business_day) where resolved_at is null;
create index difference_day on cards.difference (institution_code, business_day);

-- A cashier's closed shift, and which entries it covers.
create table cards.shift (
    shift_id text primary key,
    institution_code text not null,
    desk_id text not null,
    cashier text not null,
    business_day date not null,
    number integer not null,
    cash_expected_fen bigint not null,
    cash_counted_fen bigint not null,
    entry_count integer not null,
    seal text not null,
    closed_at timestamptz not null,
    unique (institution_code, desk_id, cashier, business_day, number));

alter table cards.ledger add column shift_id text references cards.shift (shift_id);
-- The day an entry would have belonged to, when that day was closed before the entry came.
alter table cards.ledger add column late_from date;
create index ledger_shift on cards.ledger (institution_code, desk_id, cashier, business_day) where shift_id is null;
create index ledger_business_day on cards.ledger (business_day, party);
create index ledger_terminal on cards.ledger (terminal_no, term_seq) where terminal_no is not null;
create index ledger_tac on cards.ledger (tac) where tac is not null;
create index ledger_reference on cards.ledger (party, party_reference);
create index purse_transaction_terminal on cards.purse_transaction (terminal_no, term_seq);

create function cards.is_closed(institution text, day date) returns boolean language sql stable as
    $$ select exists (select 1 from cards.account_day where institution_code = institution and business_day = day and sealed_at is not null) $$;

-- A closed day takes no entry: one that comes late belongs to the next open day and says so. Nothing of a closed day is changed or removed.
create function cards.keep_closed_days() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        while cards.is_closed(new.institution_code, new.business_day) loop
            new.late_from := coalesce(new.late_from, new.business_day);
            new.business_day := new.business_day + 1;
        end loop;
        return new;
    end if;
    if cards.is_closed(old.institution_code, old.business_day) and (tg_op = 'DELETE' or new is distinct from old) then
        raise exception 'day % of institution % is closed', old.business_day, old.institution_code using errcode = 'HC001';
    end if;
    if tg_op = 'DELETE' then return old; end if;
    if new.business_day <> old.business_day and cards.is_closed(new.institution_code, new.business_day) then
        raise exception 'day % of institution % is closed', new.business_day, new.institution_code using errcode = 'HC001';
    end if;
    return new;
end $$;
create trigger ledger_closed_days before insert or update or delete on cards.ledger for each row execute function cards.keep_closed_days();

create function cards.keep_closed_statements() returns trigger language plpgsql as $$
declare found record;
begin
    if tg_op = 'DELETE' then found := old; else found := new; end if;
    if cards.is_closed(found.institution_code, found.business_day) then
        raise exception 'day % of institution % is closed', found.business_day, found.institution_code using errcode = 'HC001';
    end if;
    return found;
end $$;
create trigger statement_closed_days before insert or update or delete on cards.statement for each row execute function cards.keep_closed_statements();
create trigger difference_closed_days before insert or update or delete on cards.difference for each row execute function cards.keep_closed_statements();

-- Lines are many and come with their statement: one check per statement, not per line.
create function cards.keep_closed_lines() returns trigger language plpgsql as $$
begin
    if exists (select 1 from (select distinct institution_code, business_day from changed) c where cards.is_closed(c.institution_code, c.business_day)) then
        raise exception 'a day of the statement is closed' using errcode = 'HC001';
    end if;
    return null;
end $$;
create trigger statement_line_new after insert on cards.statement_line referencing new table as changed for each statement execute function cards.keep_closed_lines();
create trigger statement_line_gone after delete on cards.statement_line referencing old table as changed for each statement execute function cards.keep_closed_lines();
create trigger statement_line_changed after update on cards.statement_line referencing old table as changed for each statement execute function cards.keep_closed_lines();

-- Order-free digest of a day's entries: what was compared is what is sealed.
create function cards.ledger_digest(institution text, day date) returns text language sql stable as $$
    select count(*) || ':' || coalesce(sum(amount_fen), 0) || ':' || coalesce(sum(hashtextextended(entry_key || '|' || party || '|' || party_reference || '|' || amount_fen || '|' || state, 0)::numeric), 0)
    from cards.ledger where institution_code = institution and business_day = day $$;

-- Seals a day in the transaction of its fact; refuses when the entries are not those that were compared.
create function cards.close_day(institution text, day date, digest text, sealed text, lines bigint, at timestamptz) returns void language plpgsql as $$
begin
    if cards.ledger_digest(institution, day) <> digest then
        raise exception 'the entries changed since they were compared' using errcode = 'HC002';
    end if;
    if exists (select 1 from cards.ledger where institution_code = institution and business_day = day and (state = 'unknown' or (cashier is not null and shift_id is null))) then
        raise exception 'an amount of the day is unknown or its shift is open' using errcode = 'HC002';
    end if;
    update cards.account_day set stage = 'closed', seal = sealed, line_count = lines, sealed_at = at, changed_at = at
        where institution_code = institution and business_day = day and sealed_at is null;
    if not found then raise exception 'day % of institution % is closed or was never compared', day, institution using errcode = 'HC001'; end if;
end $$;

-- Takes the entries of a shift in the transaction of its fact; refuses when they are not those that were counted.
create function cards.take_shift(shift text, institution text, desk text, who text, day date, entries integer, total bigint) returns void language plpgsql as $$
declare n bigint; s bigint;
begin
    with taken as (update cards.ledger set shift_id = shift
        where institution_code = institution and desk_id = desk and cashier = who and business_day = day and shift_id is null returning amount_fen)
    select count(*), coalesce(sum(amount_fen), 0) into n, s from taken;
    if n <> entries or s <> total then raise exception 'the entries changed since they were counted' using errcode = 'HC002'; end if;
end $$;
