// Two controllers for one cluster, of which the Lease lets one work; the other takes over when the first is gone without a word.
import test from 'ava';
import { defaultElection } from '../../emulator/controller/flags-given.js';
import { openByHand } from './by-hand.js';
import { ipService } from './harness.js';

const writes = (calls: string[]): string[] => calls.filter((op) => !op.startsWith('Describe'));

test('one works and the other watches; when the first is cut off the other goes on where it stopped, and the first stays quiet', async (t) => {
  const real = await openByHand(t, { leaderElection: defaultElection });
  const rival = await real.rival();
  const { api, passing, scheme, setScheme } = real;
  const done = (): number => api.list('events', 'ui').filter((one) => one['reason'] === 'SuccessfullyReconciled' && (one['involvedObject'] as { kind: string }).kind === 'Service').reduce((sum, one) => sum + Number(one['count']), 0);
  const holder = (): string => (api.get('leases.coordination.k8s.io', 'kube-system', 'aws-load-balancer-controller-leader')?.['spec'] as { holderIdentity: string }).holderIdentity;
  api.create('services', ipService());
  await passing('the first reconciles the Service', async () => done() === 1 && (await scheme()) === 'internet-facing');
  t.deepEqual(rival.calls, []);

  const first = holder();
  const before = writes(real.calls).length;
  real.cable.pull();
  setScheme('internal');
  await passing('the other has taken over', () => holder() !== first && rival.calls.includes('CreateListener'));
  t.is(await scheme(), 'internal');
  t.deepEqual(writes(rival.calls), ['DeleteLoadBalancer', 'CreateLoadBalancer', 'CreateListener']);

  real.cable.plug();
  const second = holder();
  api.delete('services', 'ui', 'ui-nlb');
  await passing('the other deletes what the first made', async () => (await scheme()) === '' && api.get('services', 'ui', 'ui-nlb') === undefined);
  t.is(holder(), second);
  t.is(writes(real.calls).length, before);
});
