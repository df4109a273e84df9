-- What exact search needs beyond 002.
-- item: number of the element a value lies in, where a composite parameter joins values of one element (Observation.component …). Null elsewhere, so that
-- it takes no room.
alter table fhir.search_token add column item smallint;
alter table fhir.search_token_past add column item smallint;
alter table fhir.search_number add column item smallint;
alter table fhir.search_number_past add column item smallint;
alter table fhir.search_reference add column item smallint;
alter table fhir.search_reference_past add column item smallint;

-- text: keyed hash of the folded text beside a code (display, text), for :text. Null for none.
alter table fhir.search_token add column text bigint;
alter table fhir.search_token_past add column text bigint;

-- The texts that occur beside codes, each once whatever the number of resources, by the keyed hash of every beginning of them: nothing in it can be read,
-- and nothing in it says whom it concerns. An entry leads to the token rows that carry the text.
create table fhir.search_term (key smallint not null, prefix bigint not null, value uuid not null, text bigint not null, primary key (key, prefix, value, text));
create index search_term_of on fhir.search_term (key, value, text);

-- How the rows of the live index were made: a start with another format rebuilds it.
create table fhir.search_format (one boolean primary key default true check (one), format text not null);
