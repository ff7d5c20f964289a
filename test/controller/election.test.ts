// Two controllers for one cluster, of which the Lease lets one work; the other takes over when the first is gone without a word.
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { manualClock, systemClock, type ManualClock } from '../../emulator/clock.js';
import { defaultElection } from '../../emulator/controller/flags-given.js';
import { ipService, prefix } from './harness.js';
import { openReal } from './real.js';

/** Time passes in steps while sockets do their work in between; ends when `seen` holds. */
const passing = async (t: ExecutionContext, clock: ManualClock, what: string, seen: () => boolean | Promise<boolean>): Promise<void> => {
  const limit = systemClock.now() + 20_000;
  while (!(await seen())) {
    if (systemClock.now() > limit) throw new Error(`never happened: ${what}`);
    await clock.advance(100);
    await systemClock.sleep(5);
  }
  t.pass(what);
};

const writes = (calls: string[]): string[] => calls.filter((op) => !op.startsWith('Describe'));

test('one works and the other watches; when the first is cut off the other goes on where it stopped, and the first stays quiet', async (t) => {
  const clock = manualClock(systemClock.now());
  const real = await openReal(t, { clock, leaderElection: defaultElection });
  const rival = await real.rival();
  const { api, elbv2 } = real;
  const scheme = async (): Promise<string> => ((await elbv2.DescribeLoadBalancers({})).LoadBalancers ?? []).map(({ Scheme }) => Scheme).join();
  const done = (): number => api.list('events', 'ui').filter((one) => one['reason'] === 'SuccessfullyReconciled' && (one['involvedObject'] as { kind: string }).kind === 'Service').reduce((sum, one) => sum + Number(one['count']), 0);
  const holder = (): string => (api.get('leases.coordination.k8s.io', 'kube-system', 'aws-load-balancer-controller-leader')?.['spec'] as { holderIdentity: string }).holderIdentity;
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ui' } });
  api.create('services', ipService());
  await passing(t, clock, 'the first reconciles the Service', async () => done() === 1 && (await scheme()) === 'internet-facing');
  t.deepEqual(rival.calls, []);

  const first = holder();
  const before = writes(real.calls).length;
  real.cable.pull();
  const service = structuredClone(api.get('services', 'ui', 'ui-nlb'))!;
  api.update('services', { ...service, metadata: { ...service.metadata, annotations: { ...service.metadata.annotations, [`${prefix}aws-load-balancer-scheme`]: 'internal' } } });
  await passing(t, clock, 'the other has taken over', () => holder() !== first && rival.calls.includes('CreateListener'));
  t.is(await scheme(), 'internal');
  t.deepEqual(writes(rival.calls), ['DeleteLoadBalancer', 'CreateLoadBalancer', 'CreateListener']);

  real.cable.plug();
  const second = holder();
  api.delete('services', 'ui', 'ui-nlb');
  await passing(t, clock, 'the other deletes what the first made', async () => (await scheme()) === '' && api.get('services', 'ui', 'ui-nlb') === undefined);
  t.is(holder(), second);
  t.is(writes(real.calls).length, before);
});
