-- Which rows of a pulled view have become messages, and the last message of each: a row that is gone from the view is found by its key, and
-- what it said is opened from that message. Nothing here names a person.
create table adapters.sql_view_key (
    source_id  text not null,
    row_key    bigint not null,
    message_id text not null references adapters.inbox (message_id),
    gone_at    timestamptz,
    primary key (source_id, row_key)
);
