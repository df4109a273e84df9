-- Subscriptions follow the event log. The Subscription resource itself is event-sourced; these are its cursors.

-- The sequence up to which the log was compared with all subscriptions.
create table fhir.subscription_position (
    one boolean primary key default true check (one),
    seq bigint not null);
insert into fhir.subscription_position (seq) values (0);

-- events: number of the last event found; delivered: number of the last event the subscriber took.
create table fhir.subscription (
    id text primary key,
    version bigint not null,
    status text not null,
    events bigint not null default 0,
    delivered bigint not null default 0,
    failures int not null default 0,
    failing_since timestamptz null,
    next_attempt timestamptz null,
    last_sent timestamptz null);

-- Which versions an event of a subscription is about; the version itself is the event row of that sequence.
create table fhir.subscription_event (
    subscription text not null,
    number bigint not null,
    seq bigint not null,
    at timestamptz not null,
    primary key (subscription, number));
