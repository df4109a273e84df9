-- All records of one patient in arrival order: what came later is asked for when an earlier message is mapped again.
create index inbox_done_in_order on adapters.inbox (order_key, position) where state = 'done';
