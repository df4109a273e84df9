-- Whose access log says already that a job exported of the record: a fact for each resident and job, also when the job is gone on with.
create table fhir.bulk_resident (
    job text not null references fhir.bulk_job (id) on delete cascade,
    resident text not null,
    primary key (job, resident));
