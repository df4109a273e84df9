-- The highest sequence of the log whose event is not younger than a moment: what _asOf by an instant looks at. The log has no index by time, but time
-- grows with the sequence except for the little that a writer's clock is ahead of its turn: so the place is found by halving, and the last
-- stretch (slack) by going back. What Marten leaves where an append failed (a tombstone, dated -infinity) says nothing and is passed over.
create function fhir.sequence_at(moment timestamptz, slack interval default interval '2 minutes') returns bigint language plpgsql stable as $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
    found bigint;
    at timestamptz;
begin
    select coalesce(max(seq_id), 0) + 1 into high from events.mt_events;
    -- Everything from high on is younger than the moment; the event at low, if there is one, is not younger than moment and slack.
    while high - low > 1 loop
        middle := (low + high) / 2;
        select e.seq_id, e.timestamp into found, at from events.mt_events e where e.seq_id >= middle and e.seq_id < high and e.timestamp > '-infinity' order by e.seq_id limit 1;
        if found is null or at > moment + slack then high := middle;
        else low := found;
        end if;
    end loop;
    return coalesce((select e.seq_id from events.mt_events e where e.seq_id < high and e.timestamp <= moment and e.timestamp > '-infinity' order by e.seq_id desc limit 1), 0);
end $$;
