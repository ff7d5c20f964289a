import test from 'ava';
import fc from 'fast-check';
import { strategicMerge } from '../../../emulator/tinykube/api/strategic.js';

const service = (ports: object[]): Record<string, unknown> => ({ kind: 'Service', spec: { ports } });
const ports = (patched: Record<string, unknown>): unknown => (patched.spec as { ports: unknown }).ports;

const deployment = (spec: object): Record<string, unknown> => ({ kind: 'Deployment', spec: { template: { spec } } });

test('a new item without an order lands in front', (t) => {
  t.deepEqual(ports(strategicMerge(service([{ port: 80 }]), { spec: { ports: [{ port: 81 }] } })), [{ port: 81 }, { port: 80 }]);
});

test('$setElementOrder decides the order', (t) => {
  const patch = { spec: { ports: [{ port: 81 }], '$setElementOrder/ports': [{ port: 80 }, { port: 81 }] } };
  t.deepEqual(ports(strategicMerge(service([{ port: 80 }]), patch)), [{ port: 80 }, { port: 81 }]);
});

test('$patch delete takes one item, $patch replace all others', (t) => {
  const live = service([{ port: 80 }, { port: 81 }]);
  t.deepEqual(ports(strategicMerge(live, { spec: { ports: [{ port: 80, $patch: 'delete' }] } })), [{ port: 81 }]);
  t.deepEqual(ports(strategicMerge(live, { spec: { ports: [{ $patch: 'replace' }, { port: 9 }] } })), [{ port: 9 }]);
});

test('the merge key depends on where the list stands', (t) => {
  const live = deployment({ containers: [{ name: 'c', ports: [{ containerPort: 80, name: 'a' }], args: ['x'], env: [{ name: 'A', value: '1' }] }] });
  const patch = deployment({ containers: [{ name: 'c', ports: [{ containerPort: 80, name: 'b' }], args: ['y'], env: [{ name: 'B', value: '2' }] }] });
  t.deepEqual(strategicMerge(live, patch), deployment({
    containers: [{ name: 'c', ports: [{ containerPort: 80, name: 'b' }], args: ['y'], env: [{ name: 'B', value: '2' }, { name: 'A', value: '1' }] }],
  }));
});

test('lists without a key are replaced', (t) => {
  const live = deployment({ tolerations: [{ key: 'a' }] });
  t.deepEqual(strategicMerge(live, deployment({ tolerations: [{ key: 'b' }] })), deployment({ tolerations: [{ key: 'b' }] }));
});

test('$retainKeys drops the other members, null deletes', (t) => {
  const live = { kind: 'Deployment', spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, paused: true } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' }, paused: null } };
  t.deepEqual(strategicMerge(live, patch), { kind: 'Deployment', spec: { strategy: { type: 'Recreate' } } });
});

test('$deleteFromPrimitiveList and sets of strings', (t) => {
  const live = { kind: 'Service', metadata: { finalizers: ['a', 'b'] } };
  t.deepEqual(strategicMerge(live, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } }), { kind: 'Service', metadata: { finalizers: ['c', 'b'] } });
});

test('patching with itself changes nothing, and the live object is never touched', (t) => {
  const port = fc.record({ port: fc.integer({ min: 1, max: 9 }), name: fc.string() });
  const list = fc.uniqueArray(port, { selector: (each) => each.port });
  fc.assert(
    fc.property(list, list, (live, patch) => {
      const object = service(live);
      const copy = structuredClone(object);
      strategicMerge(object, { spec: { ports: patch } });
      t.deepEqual(object, copy);
      t.deepEqual(strategicMerge(object, structuredClone(object)), copy);
    }),
  );
});
