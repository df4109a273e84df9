// @medplum/core (https://github.com/medplum/medplum) against a running server. usage: node medplum.mjs BASE TOKEN
import assert from 'node:assert/strict';

// The package asks for node 22, which has it; nothing here opens one.
globalThis.WebSocket ??= class {};
const { MedplumClient, OperationOutcomeError } = await import('@medplum/core');

const [, , base, token] = process.argv;
const client = new MedplumClient({ baseUrl: base.replace(/fhir\/?$/, ''), fhirUrlPath: 'fhir', accessToken: token, cacheTime: 0, fetch });
const run = crypto.randomUUID();
const system = 'urn:test:medplum';
const patient = (family, n) => ({ resourceType: 'Patient', name: [{ family }], identifier: [{ system, value: `${run}-${n}` }] });
const step = (name) => console.log(`done: ${name}`);
const refused = async (work, id) => {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof OperationOutcomeError, String(error));
    assert.match(JSON.stringify(error.outcome), id);
    return;
  }
  assert.fail(`${id} was expected`);
};

const created = await client.createResource(patient('甲', 'a'));
assert.ok(created.id);
const read = await client.readResource('Patient', created.id);
assert.equal(read.name[0].family, '甲');
const updated = await client.updateResource({ ...read, name: [{ family: '乙' }] });
assert.equal(updated.meta.versionId, '2');
const patched = await client.patchResource('Patient', created.id, [{ op: 'add', path: '/gender', value: 'female' }]);
assert.equal(patched.gender, 'female');
step('create, read, update, patch');

const first = await client.readVersion('Patient', created.id, '1');
assert.equal(first.name[0].family, '甲');
const history = await client.readHistory('Patient', created.id);
assert.equal(history.entry.length, 3);
step('vread, history');

const again = await client.createResourceIfNoneExist(patient('甲', 'a'), `identifier=${system}|${run}-a`);
assert.equal(again.id, created.id);
const upserted = await client.upsertResource({ ...patient('丁', 'a') }, { identifier: `${system}|${run}-a` });
assert.equal(upserted.id, created.id);
step('conditional create, conditional update');

await refused(() => client.readResource('Patient', 'none'), /not-found/);
await refused(() => client.search('Patient', { colour: 'red' }), /not-supported|colour/);
await refused(() => client.patchResource('Patient', created.id, [{ op: 'test', path: '/active', value: true }]), /leads nowhere|tests for another value/);
await refused(() => client.updateResource({ ...upserted, active: true }, { headers: { 'If-Match': 'W/"1"' } }), /conflict|expected/);
step('404, 400, 422, 412');

const reference = 'urn:uuid:' + crypto.randomUUID();
const answer = await client.executeBatch({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { fullUrl: reference, resource: patient('戊', 'b'), request: { method: 'POST', url: 'Patient' } },
    ...Array.from({ length: 25 }, (_, n) => ({
      resource: { resourceType: 'Observation', status: 'final', code: { text: `${run}` }, subject: { reference }, valueQuantity: { value: n } },
      request: { method: 'POST', url: 'Observation' },
    })),
  ],
});
assert.equal(answer.entry.filter((entry) => entry.response.status.startsWith('201')).length, 26);
const subject = answer.entry[0].response.location.match(/Patient\/([^/]+)/)[1];
step('transaction');

const seen = new Set();
for await (const page of client.searchResourcePages('Observation', { subject: `Patient/${subject}`, _count: 10 })) for (const resource of page) seen.add(resource.id);
assert.equal(seen.size, 25);
const one = await client.searchOne('Patient', { identifier: `${system}|${run}-b` });
assert.equal(one.id, subject);
step('search, paging to the end');

await client.deleteResource('Patient', created.id);
await refused(() => client.readResource('Patient', created.id), /deleted|gone/);
step('delete, 410');
