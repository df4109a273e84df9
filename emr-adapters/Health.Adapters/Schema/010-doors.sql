-- The application acknowledgement a sender in enhanced mode asked for (MSH-16: AL, ER or SU), until it has been given. It outlives a crash
-- with the row it answers.
alter table adapters.inbox add column application_ack text check (application_ack in ('AL', 'ER', 'SU'));
alter table adapters.inbox add column ack_attempts int not null default 0;
alter table adapters.inbox add column ack_next_at timestamptz;

create index inbox_ack_due on adapters.inbox (position) where application_ack is not null;

-- The number (MSH-13) the next message of a source must carry, for sources that keep the sequence number protocol.
create table adapters.sequence (
    source_id text primary key,
    expected  bigint not null check (expected > 0)
);
