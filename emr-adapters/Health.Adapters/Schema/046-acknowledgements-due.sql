-- Application acknowledgements are given source by source, so that one that does not take its own holds up no other.
create index inbox_ack_due_of_source on adapters.inbox (source_id, position) where application_ack is not null;
