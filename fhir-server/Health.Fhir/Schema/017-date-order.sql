-- Dates in the order of their ends: what sorting by the latest walks along, and what ge and gt look up. (search_date_value has them in the order of their beginnings.)
create index search_date_high on fhir.search_date (key, high);
