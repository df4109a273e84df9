-- Messages about several patients are in order with each of them; so are merges with the prior number. Null for nearly all.
alter table adapters.inbox add column more_order_keys uuid[];

create index inbox_waiting_more on adapters.inbox (position) where state = 'received' and more_order_keys is not null;
create index inbox_done_more on adapters.inbox (position) where state = 'done' and more_order_keys is not null;

-- Residents whom a message is about beside resident_id: the message stays closed once any of them is erased.
create table adapters.message_resident (
    message_id  text not null references adapters.inbox (message_id),
    resident_id text not null,
    primary key (resident_id, message_id)
);
create index on adapters.message_resident (message_id);
