-- The admission table of a county hospital's HIS, in the manner of such systems: numbers and dates as text, local time without a zone.
create schema if not exists his;

create table if not exists his.admission (
    pk             bigint generated always as identity primary key,
    updated_at     timestamptz not null default clock_timestamp(),
    record_no      text,
    name           text,
    id_no          text,
    sex            text,
    birth          text,
    phone          text,
    address        text,
    dept_code      text,
    dept_name      text,
    doctor_code    text,
    doctor_name    text,
    visit_no       text not null unique,
    visit_class    text not null default 'I',
    admit_time     timestamp,
    discharge_time timestamp,
    -- REG registered, IN admitted, OUT discharged, CXL cancelled
    status         text not null default 'IN'
);

create or replace function his.touch() returns trigger language plpgsql as $$
begin
    new.updated_at := clock_timestamp();
    return new;
end $$;

create or replace trigger admission_touch before insert or update on his.admission for each row execute function his.touch();
create index if not exists admission_updated on his.admission (updated_at, pk);

-- What the platform's read-only account is given.
create or replace view his.v_admission as
select pk, updated_at, record_no, name, id_no, sex, birth, phone, address, dept_code, dept_name, doctor_code, doctor_name,
       visit_no, visit_class, admit_time, discharge_time, status
from his.admission;
