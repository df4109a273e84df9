-- What goes to hospitals as HL7 v2. Nothing here names a person; the messages are sealed under the key of the resident they are about.

-- How far the log has been looked through for a destination. A new destination begins with the present.
create table adapters.outbound_cursor (
    destination_id text primary key,
    sequence       bigint not null
);

create table adapters.outbox (
    -- Order of a destination: of the log, since one follower writes all rows of a destination.
    position bigint generated always as identity primary key,
    message_id text not null unique,
    destination_id text not null,
    -- The version that is told: its place in the log. Together with the destination the key that makes a repeated look no second message.
    sequence bigint not null,
    resource text not null,
    version bigint not null,
    resident_id text,
    message_type text not null,
    trigger_event text not null,
    control_id text not null,
    -- What the destination knows about the resource once it has the message, and which resources were told as its parts.
    told text not null,
    parts text[] not null default '{}',
    queued_at timestamptz not null,
    -- waiting: to be sent. delivered: accepted. dead: refused, or could not be written. discarded: an operator gave it up. erased: its resident's key is gone.
    state text not null check (state in ('waiting', 'delivered', 'dead', 'discarded', 'erased')),
    attempts int not null default 0,
    -- Of the attempts, how many were answered with an error since it was last queued.
    errors int not null default 0,
    next_attempt_at timestamptz,
    in_flight_since timestamptz,
    silent_since timestamptz,
    last_code text,
    last_reason text,
    settled_at timestamptz,
    settled_by text,
    -- Null while it could not be written.
    sealed_body bytea,
    key_id text,
    wrapped_by text,
    wrapped_key bytea,
    sealed_answer bytea,
    unique (destination_id, sequence)
);

alter table adapters.outbox alter column sealed_body set storage external;
create index outbox_waiting on adapters.outbox (destination_id, position) where state = 'waiting';
create index outbox_dead on adapters.outbox (destination_id, position) where state = 'dead';
create index outbox_told on adapters.outbox (destination_id, resource, position desc);
create index outbox_parts on adapters.outbox using gin (parts) where parts <> '{}';
create index outbox_resident on adapters.outbox (resident_id, position) where resident_id is not null;
create index outbox_delivered on adapters.outbox (destination_id, settled_at) where state = 'delivered';
