-- Brings streams from the versions they were decided on to their new ones. One that is elsewhere fails the transaction, as an optimistic append does.
create function fhir.advance_streams(ids text[], from_versions bigint[], to_versions bigint[]) returns void language plpgsql as $$
declare advanced bigint;
begin
    update events.mt_streams s set version = u.to_version, timestamp = now()
    from unnest(ids, from_versions, to_versions) as u(id, from_version, to_version)
    where s.id = u.id and s.version = u.from_version;
    get diagnostics advanced = row_count;
    if advanced <> cardinality(ids) then
        raise exception 'of % streams % were at the version that was decided on', cardinality(ids), advanced using errcode = '40001';
    end if;
end $$;
