// Every fault has a summary, a hint, and an undo that puts back what it found; which way a node is stopped depends on whose it is.
import test from 'ava';
import { faultNames, faults, type Victim } from '../../emulator/cli/fault/faults.js';

const service: Victim = { metadata: { namespace: 'ui', name: 'ui-nlb', annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } }, spec: { ports: [{ port: 80, targetPort: 'http' }] } };
const pods = [{ metadata: { name: 'ui-1' }, spec: { nodeName: 'n1' } }, { metadata: { name: 'ui-2' }, spec: { nodeName: 'n2' } }];

test('each says what it does and where to look, and names what it undoes', (t) => {
  for (const name of faultNames) {
    const { summary, hint, plan } = faults[name];
    t.true(summary.length > 20 && hint.length > 40, name);
    const { inject, undo } = plan(service, pods, true);
    t.true(inject.length > 0, name);
    t.is(undo.length > 0, name !== 'kill-pod', name);
  }
});

test('what was there comes back, what was not there goes', (t) => {
  t.true(faults['wrong-cidr'].plan(service, pods, true).undo[0]?.includes('service.beta.kubernetes.io/load-balancer-source-ranges=10.0.0.0/8'));
  t.true(faults['no-controller'].plan(service, pods, true).undo[0]?.includes('service.beta.kubernetes.io/aws-load-balancer-type-'));
  t.regex(faults['wrong-port'].plan(service, pods, true).undo[0]?.join(' ') ?? '', /"value":"http"/);
});

test("a machine of ours is switched off, as `nlbox node stop` does; somebody else's is drained of the Service", (t) => {
  t.deepEqual(faults['stop-node'].plan(service, pods, true), {
    inject: [['annotate', 'node', 'n1', '--overwrite', 'nlbox.dev/stopped=true']],
    undo: [['annotate', 'node', 'n1', 'nlbox.dev/stopped-']],
  });
  const { inject, undo } = faults['stop-node'].plan(service, pods, false);
  t.deepEqual(inject.map(([verb]) => verb), ['cordon', 'taint', 'delete']);
  t.false(inject.flat().includes('ui-2'));
  t.deepEqual(undo.map(([verb]) => verb), ['taint', 'uncordon']);
});
