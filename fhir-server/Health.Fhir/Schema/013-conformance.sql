-- Whether a definition (terminology, profile) was written since it was last read: one index entry.
create index resource_conformance on fhir.resource (seq) where type in ('CodeSystem', 'ConceptMap', 'StructureDefinition', 'ValueSet');
