-- Jobs of $export and $import. request is sealed: it names who asked, and may hold search values.
create table fhir.bulk_job (
    id text primary key,
    kind text not null,
    state text not null,
    owner text not null,
    request bytea not null,
    horizon bigint not null default 0,
    created_at timestamptz not null,
    finished_at timestamptz null,
    expires_at timestamptz null,
    position text not null default '',
    done bigint not null default 0,
    failed bigint not null default 0,
    fault text null);

-- A file of an export is a statement, not a copy: the resources of a type between two ids as they were at the horizon of its job.
create table fhir.bulk_file (
    job text not null references fhir.bulk_job (id) on delete cascade,
    number int not null,
    kind text not null,
    type text not null,
    after_id text not null,
    to_id text not null,
    count bigint not null,
    primary key (job, number));

-- Lines of an import that were refused; the reason is sealed, since it may repeat what was sent.
create table fhir.bulk_error (
    job text not null references fhir.bulk_job (id) on delete cascade,
    input int not null,
    line bigint not null,
    issue bytea not null,
    primary key (job, input, line));
