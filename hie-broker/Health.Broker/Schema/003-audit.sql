create schema if not exists audit;

create table audit.fact (
    fact_id uuid not null,
    at timestamptz not null,
    body bytea not null,
    detail bytea,
    leaf bytea not null check (length(leaf) = 32),
    mac bytea not null,
    resident text,
    institution text,
    tx xid8 not null default pg_current_xact_id(),
    primary key (at, fact_id)
) partition by range (at);

-- No insert may ever fail for want of a partition.
create table audit.fact_other partition of audit.fact default;

create index on audit.fact (tx);
create index on audit.fact (resident, at desc) where resident is not null;

create table audit.log (
    idx bigint primary key check (idx >= 0),
    at timestamptz not null,
    fact_id uuid not null unique,
    leaf bytea not null
);

-- Roots of complete subtrees of 256^level leaves: what proofs are computed from.
create table audit.node (
    level smallint not null check (level > 0),
    idx bigint not null,
    hash bytea not null,
    primary key (level, idx)
);

create table audit.checkpoint (
    size bigint primary key check (size > 0),
    root bytea not null,
    at timestamptz not null,
    origin text not null,
    key_id text not null,
    signature bytea not null,
    -- Roots of the complete subtrees, largest first: where the sequencer goes on.
    frontier bytea not null,
    -- Every fact of an older transaction is in the tree.
    horizon xid8 not null
);

create table audit.signing_key (
    key_id text primary key,
    public_key bytea not null,
    created_at timestamptz not null default now()
);

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is append-only: % on %.% refused.', tg_op, tg_table_schema, tg_table_name;
end $$;

create trigger append_only before update or delete on audit.fact for each row execute function audit.refuse_change();
create trigger append_only before update or delete on audit.log for each row execute function audit.refuse_change();
create trigger append_only before update or delete on audit.node for each row execute function audit.refuse_change();
create trigger append_only before update or delete on audit.checkpoint for each row execute function audit.refuse_change();
create trigger append_only before update or delete on audit.signing_key for each row execute function audit.refuse_change();
create trigger never_empty before truncate on audit.fact execute function audit.refuse_change();
create trigger never_empty before truncate on audit.fact_other execute function audit.refuse_change();
create trigger never_empty before truncate on audit.log execute function audit.refuse_change();
create trigger never_empty before truncate on audit.node execute function audit.refuse_change();
create trigger never_empty before truncate on audit.checkpoint execute function audit.refuse_change();
create trigger never_empty before truncate on audit.signing_key execute function audit.refuse_change();

-- Makes the partition of a UTC month. False when rows of that month already lie in the default partition: they stay there.
create function audit.ensure_month(month date) returns boolean language plpgsql as $$
declare
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
    name text := 'fact_' || to_char(month, 'YYYY_MM');
begin
    perform pg_advisory_xact_lock(5107000003);
    if to_regclass('audit.' || name) is not null then return true; end if;
    if exists (select from audit.fact_other where at >= first and at < next) then return false; end if;
    execute format('create table audit.%I partition of audit.fact for values from (%L) to (%L)', name, first, next);
    execute format('create trigger never_empty before truncate on audit.%I execute function audit.refuse_change()', name);
    return true;
end $$;
