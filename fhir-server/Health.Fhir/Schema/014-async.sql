-- Requests that were asked to run on their own (Prefer: respond-async). What was asked and answered is sealed; nothing of it stands in clear.
create table fhir.async_job (
    id uuid primary key,
    node text not null,
    owner text not null,
    interaction text not null,
    state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    writes boolean not null,
    begun timestamptz not null,
    ended timestamptz null,
    key_id text null,
    result bytea null
);

create index async_job_owner on fhir.async_job (owner) where state in ('queued', 'running');
create index async_job_ended on fhir.async_job (ended) where ended is not null;
