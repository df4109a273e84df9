-- Search parameters defined on this server (SearchParameter resources that are active), and how far each is indexed.
-- A parameter is extracted from every commit after from_seq; what was committed before is indexed in the order of rid, done up to done_rid.
create table fhir.search_parameter (
    name text primary key, definition jsonb not null, from_seq bigint not null, done_rid bigint not null default 0, done bigint not null default 0, of bigint not null, ready boolean not null default false);
