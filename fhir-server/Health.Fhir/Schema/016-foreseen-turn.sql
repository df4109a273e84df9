-- A create by itself reads nothing, so it travels with its turn in one round trip, under the numbers that follow the last commit. Has anything drawn numbers since,
-- it is told so before it wrote anything, and comes again.
create function fhir.expect_counters(expected_sequence bigint, expected_rid bigint) returns void language plpgsql as $$
begin
    perform from events.mt_events_sequence e, fhir.resource_rid_seq r
    where case when e.is_called then e.last_value else e.last_value - 1 end = expected_sequence
        and case when r.is_called then r.last_value else r.last_value - 1 end = expected_rid;
    if not found then
        raise exception 'numbers of the log were drawn since the last commit' using errcode = 'FH001';
    end if;
end $$;
