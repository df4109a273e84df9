-- Sources of numbers (号源): one per institution, department, doctor, day and session; rows follow the stream source/ID.
create table cards.source (
    source_id text primary key,
    institution_code text not null,
    department_code text not null,
    doctor_code text not null,
    business_day date not null,
    session text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    fee_fen bigint not null check (fee_fen >= 0),
    numbers integer not null check (numbers > 0),
    free integer not null check (free between 0 and numbers),
    stage text not null check (stage in ('open', 'stopped')),
    version bigint not null,
    recorded_version bigint not null default 0,
    changed_at timestamptz not null,
    -- The hospital cannot publish the same session twice.
    unique (institution_code, department_code, doctor_code, business_day, session));
create index source_day on cards.source (business_day, department_code) where stage = 'open';
create index source_unrecorded on cards.source (changed_at) where recorded_version < version;

create table cards.appointment (
    appointment_id text primary key,
    source_id text not null references cards.source (source_id),
    number integer not null,
    resident_id text not null,
    institution_code text not null,
    department_code text not null,
    business_day date not null,
    channel text not null,
    state text not null check (state in ('locked', 'booked', 'arrived', 'missed', 'cancelled', 'expired', 'stopped')),
    locked_until timestamptz,
    -- The visit transaction that paid the fee.
    visit_tx text,
    -- Of a number whose session was stopped after its fee was paid.
    refund text check (refund in ('due', 'requested')),
    version bigint not null,
    recorded_version bigint not null default 0,
    changed_at timestamptz not null);
-- A number is given to one person, and a person has one number per department and day; for ever, not only while somebody looks.
create unique index appointment_number on cards.appointment (source_id, number) where state in ('locked', 'booked', 'arrived', 'missed');
create unique index appointment_one_per_day on cards.appointment (resident_id, institution_code, department_code, business_day) where state in ('locked', 'booked', 'arrived', 'missed');
create index appointment_missed on cards.appointment (resident_id, business_day) where state = 'missed';
create index appointment_locked on cards.appointment (locked_until) where state = 'locked';
create index appointment_unrecorded on cards.appointment (changed_at) where recorded_version < version;
create index appointment_refund on cards.appointment (changed_at) where refund = 'due';
create index appointment_visit on cards.appointment (visit_tx) where visit_tx is not null;
