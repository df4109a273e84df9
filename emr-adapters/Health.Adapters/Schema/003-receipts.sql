-- The inbox is durable by itself: a message is acknowledged once its row is committed, outside the turn of the event log. The fact of its
-- receipt goes into the log with what became of it (docs/adr/0008).
alter table adapters.inbox add column is_logged boolean not null default true;

-- Sealed bytes do not compress; trying costs more than storing them.
alter table adapters.inbox alter column sealed_body set storage external;
alter table adapters.inbox alter column sealed_ack set storage external;
