-- Messages of hospitals as they came: the durable truth of their bytes. Nothing here names a person.
create schema adapters;

create table adapters.inbox (
    -- Arrival order. Drawn while the turn of the event log is held, so it is commit order too.
    position bigint generated always as identity primary key,
    message_id text not null unique,
    -- original: as sent; correction: an operator's text for a quarantined one; reuse: a control id used again for another body.
    kind text not null check (kind in ('original', 'correction', 'reuse')),
    source_id text not null,
    institution_code text not null,
    sending_application text not null,
    sending_facility text not null,
    control_id text not null,
    message_type text not null,
    trigger_event text not null,
    charset text not null,
    received_at timestamptz not null,
    body_hash bytea not null,
    order_key uuid not null,
    -- received: waits for the worker.
    state text not null check (state in ('received', 'done', 'quarantined', 'superseded')),
    attempts int not null default 0,
    next_attempt_at timestamptz,
    sealed_body bytea not null,
    key_id text not null,
    wrapped_by text not null,
    wrapped_key bytea not null,
    sealed_ack bytea,
    resident_id text,
    finished_at timestamptz,
    resources text[] not null default '{}',
    unmapped_paths text[] not null default '{}',
    mapper_version text,
    corrects text references adapters.inbox (message_id),
    corrected_by text,
    notice_due boolean not null default false,
    trace text
);

-- For ever: a repeat after years is still a repeat.
create unique index inbox_business_key on adapters.inbox (source_id, sending_application, sending_facility, control_id) where kind = 'original';
create index inbox_waiting on adapters.inbox (position) where state = 'received';
create index inbox_order on adapters.inbox (order_key, position) where state = 'received';
create index inbox_quarantined on adapters.inbox (position) where state = 'quarantined';
create index inbox_notice_due on adapters.inbox (position) where notice_due;

create table adapters.quarantine (
    message_id text primary key references adapters.inbox (message_id),
    quarantined_at timestamptz not null,
    err_code text not null,
    path text not null,
    -- All diagnostics as JSON, sealed with the message's own key: a refusal may quote what it refuses.
    sealed_problems bytea not null
);
