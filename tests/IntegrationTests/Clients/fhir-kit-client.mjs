// fhir-kit-client (https://github.com/Vermonster/fhir-kit-client) against a running server. usage: node fhir-kit-client.mjs BASE TOKEN
import assert from 'node:assert/strict';
import { Client } from 'fhir-kit-client';

const [, , baseUrl, token] = process.argv;
const client = new Client({ baseUrl, bearerToken: token });
const run = crypto.randomUUID();
const system = 'urn:test:fhir-kit-client';
const organization = (name, n) => ({ resourceType: 'Organization', name, identifier: [{ system, value: `${run}-${n}` }] });
const step = (name) => console.log(`done: ${name}`);
const refused = async (work, status) => {
  try {
    await work();
  } catch (error) {
    assert.equal(error.response?.status, status, String(error));
    assert.equal(error.response.data.resourceType, 'OperationOutcome');
    return;
  }
  assert.fail(`${status} was expected`);
};

const statement = await client.capabilityStatement();
assert.equal(statement.fhirVersion, '4.0.1');
step('capabilities');

const created = await client.create({ resourceType: 'Organization', body: organization('甲', 'a') });
assert.ok(created.id);
const read = await client.read({ resourceType: 'Organization', id: created.id });
assert.equal(read.name, '甲');
await client.update({ resourceType: 'Organization', id: created.id, body: { ...read, name: '乙' } });
const patched = await client.patch({ resourceType: 'Organization', id: created.id, jsonPatch: [{ op: 'add', path: '/alias', value: ['丙'] }] });
assert.deepEqual(patched.alias, ['丙']);
step('create, read, update, patch');

const first = await client.vread({ resourceType: 'Organization', id: created.id, version: '1' });
assert.equal(first.name, '甲');
const history = await client.history({ resourceType: 'Organization', id: created.id });
assert.equal(history.entry.length, 3);
step('vread, history');

const again = await client.create({ resourceType: 'Organization', body: organization('甲', 'a'), options: { headers: { 'If-None-Exist': `identifier=${system}|${run}-a` } } });
assert.equal(again.id, created.id);
step('conditional create');

await refused(() => client.update({ resourceType: 'Organization', id: created.id, body: read, options: { headers: { 'If-Match': 'W/"1"' } } }), 412);
await refused(() => client.read({ resourceType: 'Organization', id: 'none' }), 404);
await refused(() => client.search({ resourceType: 'Organization', searchParams: { colour: 'red' } }), 400);
step('412, 404, 400');

const bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: 25 }, (_, n) => ({ resource: organization('页', `p${n}`), request: { method: 'POST', url: 'Organization' } })),
};
const answer = await client.transaction({ body: bundle });
assert.equal(answer.entry.filter((entry) => entry.response.status.startsWith('201')).length, 25);
const batch = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `Organization/${created.id}` } }] } });
assert.equal(batch.entry[0].resource.id, created.id);
step('transaction, batch');

const identifier = Array.from({ length: 25 }, (_, n) => `${system}|${run}-p${n}`).join(',');
let page = await client.search({ resourceType: 'Organization', searchParams: { identifier, _count: 10, _total: 'accurate' } });
assert.equal(page.total, 25);
const seen = new Set();
while (page) {
  for (const entry of page.entry ?? []) seen.add(entry.resource.id);
  page = await client.nextPage({ bundle: page });
}
assert.equal(seen.size, 25);
step('search, paging to the end');

await client.delete({ resourceType: 'Organization', id: created.id });
await refused(() => client.read({ resourceType: 'Organization', id: created.id }), 410);
step('delete, 410');
