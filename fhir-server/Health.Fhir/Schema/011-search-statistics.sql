-- Parameter, code and system of a token depend on each other: multiplied as if they did not, a code of thousands of resources is planned for as one of
-- three. And frequent codes are many: enough of them must be known by name.
alter table fhir.search_token alter column value set statistics 500;
create statistics fhir.search_token_codes (dependencies, mcv) on key, value, system from fhir.search_token;
create statistics fhir.search_reference_targets (dependencies) on key, target_type from fhir.search_reference;
