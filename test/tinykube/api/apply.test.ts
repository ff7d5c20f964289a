import test from 'ava';
import { builtinKinds, type Kind } from '../../../emulator/tinykube/api/kinds.js';
import { applyConfiguration } from '../../../emulator/tinykube/api/managed/apply.js';
import { recordUpdate } from '../../../emulator/tinykube/api/managed/record.js';
import { createModels } from '../../../emulator/tinykube/api/models.js';
import { StatusError } from '../../../emulator/tinykube/status.js';

const models = createModels();
const kind = builtinKinds().find((each) => each.key === 'services') as Kind;
const now = '2026-01-01T00:00:00Z';

const service = (spec: object): Record<string, unknown> => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec });
const apply = (live: Record<string, unknown> | undefined, spec: object, manager: string, force = false): Record<string, unknown> =>
  applyConfiguration(models, kind, live, service(spec), { manager, subresource: '', force, now });
const specOf = (object: Record<string, unknown>): unknown => object.spec;
const managers = (object: Record<string, unknown>): unknown =>
  (object.metadata as { managedFields: { manager: string; operation: string }[] }).managedFields.map((entry) => `${entry.manager} ${entry.operation}`);

test('what an applier no longer sends goes, unless another one holds it', (t) => {
  const first = apply(undefined, { type: 'NodePort', sessionAffinity: 'None', selector: { a: 'b' } }, 'one');
  const both = apply(first, { sessionAffinity: 'None' }, 'two');
  t.deepEqual(specOf(apply(both, { selector: { a: 'b' } }, 'one')), { sessionAffinity: 'None', selector: { a: 'b' } });
});

test('a structure goes with its last member, so that it gets its defaults again', (t) => {
  const first = apply(undefined, { type: 'ClusterIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } }, ports: [{ port: 80 }] }, 'one');
  t.deepEqual(specOf(apply(first, { type: 'ClusterIP' }, 'one')), { type: 'ClusterIP' });
});

test('another value for a held field is a conflict, which force resolves', (t) => {
  const first = apply(undefined, { type: 'NodePort' }, 'one');
  const error = t.throws(() => apply(first, { type: 'ClusterIP' }, 'two'), { instanceOf: StatusError });
  t.is(error?.status.message, 'Apply failed with 1 conflict: conflict with "one": .spec.type');
  t.deepEqual(error?.status.details?.causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.type' }]);
  const forced = apply(first, { type: 'ClusterIP' }, 'two', true);
  t.deepEqual(specOf(forced), { type: 'ClusterIP' });
  t.deepEqual(managers(forced), ['two Apply']);
  t.notThrows(() => apply(first, { type: 'NodePort' }, 'two'), 'the same value is shared');
});

test('kubectl takes over what it has applied from the client\'s side, but not what somebody has changed since', (t) => {
  const before = service({ type: 'NodePort', sessionAffinity: 'None' });
  const managedFields = [{ manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion: 'v1', time: now, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:type': {}, 'f:sessionAffinity': {} } } }];
  const metadata = { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(before) }, managedFields };
  const live = { ...service({ type: 'NodePort', sessionAffinity: 'ClientIP' }), metadata };
  t.deepEqual(specOf(apply(live, { type: 'ClusterIP' }, 'kubectl')), { type: 'ClusterIP', sessionAffinity: 'ClientIP' });
  t.throws(() => apply(live, { type: 'ClusterIP' }, 'another'), { message: /conflict with "kubectl-client-side-apply" using v1: \.spec\.type/ });
  t.throws(() => apply(live, { type: 'ClusterIP', sessionAffinity: 'None' }, 'kubectl'), { message: /^Apply failed with 1 conflict: .*: \.spec\.sessionAffinity$/ });
});

test('list items are held by key, a missing protocol counting as TCP', (t) => {
  const first = apply(undefined, { ports: [{ port: 80, name: 'http' }] }, 'one');
  const live = { ...first, spec: { ports: [{ port: 80, name: 'http', protocol: 'TCP', targetPort: 80 }] } };
  const both = apply(live, { ports: [{ port: 81, protocol: 'TCP' }] }, 'two');
  t.deepEqual(specOf(both), { ports: [{ port: 80, name: 'http', protocol: 'TCP', targetPort: 80 }, { port: 81, protocol: 'TCP' }] });
  t.deepEqual(specOf(apply(both, { ports: [] }, 'two')), { ports: [{ port: 80, name: 'http', protocol: 'TCP', targetPort: 80 }] });
});

test('an ordinary write takes the fields it changes from everybody else', (t) => {
  const first = apply(undefined, { type: 'NodePort', sessionAffinity: 'None' }, 'one');
  const next = structuredClone(first);
  next.spec = { type: 'ClusterIP', sessionAffinity: 'None' };
  recordUpdate(models, kind, next, first, { manager: 'editor', subresource: '', now });
  t.deepEqual(managers(next), ['one Apply', 'editor Update']);
  const error = t.throws(() => apply(next, { type: 'NodePort', sessionAffinity: 'None' }, 'one'), { instanceOf: StatusError });
  t.is(error?.status.message, 'Apply failed with 1 conflict: conflict with "editor" using v1: .spec.type');
});
