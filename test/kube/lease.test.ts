// Leader election: one leads, the next takes over when it is silent, gives up when it cannot renew, and leaves the Lease behind free.
import test, { type ExecutionContext } from 'ava';
import { manualClock, type ManualClock } from '../../emulator/clock.js';
import { createKubeClient } from '../../emulator/kube/client.js';
import { createRecorder } from '../../emulator/kube/events.js';
import { campaign } from '../../emulator/kube/lease.js';
import { leases } from '../../emulator/kube/resources.js';
import { silentLog } from '../../emulator/log.js';
import { collections, startServer } from './server.js';

type Spec = { holderIdentity: string; leaseTransitions: number; leaseDurationSeconds: number; renewTime: string };

const open = async (t: ExecutionContext) => {
  const server = await startServer();
  const clock = manualClock();
  const client = await createKubeClient(server.kubeconfig);
  t.teardown(async () => {
    client.close();
    await server.close();
  });
  const lease = (): Spec | undefined => server.get(collections.leases, 'kube-system', 'leader')?.['spec'] as Spec | undefined;
  const stand = (identity: string, lead?: (held: AbortSignal) => Promise<void>) => {
    const stopping = new AbortController();
    const seen = { leads: false, waits: [] as string[] };
    const whileHeld = (held: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        seen.leads = true;
        held.addEventListener('abort', () => {
          seen.leads = false;
          resolve();
        });
      });
    const recorder = createRecorder({ client, resource: leases, component: identity, clock, log: silentLog });
    const over = campaign(
      { client, clock, log: silentLog, recorder, namespace: 'kube-system', name: 'leader', identity },
      { signal: stopping.signal, lead: lead ?? whileHeld, waiting: (holder) => void seen.waits.push(holder) },
    );
    over.catch(() => {});
    return { seen, over, stop: async () => { stopping.abort(new Error('stop')); await over.catch(() => {}); } };
  };
  return { server, clock, lease, stand };
};

/** Requests are real: time goes on only when nothing more comes of the last step. */
const passing = async (t: ExecutionContext, clock: ManualClock, what: string, seen: () => boolean, most = 60): Promise<number> => {
  for (let seconds = 0; seconds <= most; seconds += 1) {
    for (let turn = 0; turn < 50 && !seen(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    if (seen()) return seconds;
    await clock.advance(1000);
  }
  t.fail(`never happened: ${what}`);
  return most;
};

test('one leads and the other waits; who stops lets the next one lead at once', async (t) => {
  const { server, clock, lease, stand } = await open(t);
  const one = stand('one');
  await passing(t, clock, 'one leads', () => one.seen.leads);
  t.like(lease(), { holderIdentity: 'one', leaseTransitions: 0, leaseDurationSeconds: 15 });
  t.regex(lease()?.renewTime ?? '', /^2026-01-01T00:00:\d\d\.000000Z$/);
  // Events are named by the time at which their writer began.
  await clock.advance(1000);
  const two = stand('two');
  await passing(t, clock, 'two waits', () => two.seen.waits.length > 0);
  await passing(t, clock, 'one renews', () => (lease()?.renewTime ?? '') > '2026-01-01T00:00:30');
  t.deepEqual([one.seen.leads, two.seen.leads, two.seen.waits], [true, false, ['one']]);
  await one.stop();
  t.is(lease()?.holderIdentity, '');
  await passing(t, clock, 'two leads', () => two.seen.leads, 14);
  t.like(lease(), { holderIdentity: 'two', leaseTransitions: 1 });
  await two.stop();
  const told = (): string => server.all(collections.events).map((one) => String(one['message'])).join(', ');
  await passing(t, clock, 'both are told', () => told() === 'one became leader, two became leader');
});

test('a holder that falls silent is followed after the duration of its Lease, not sooner', async (t) => {
  const { server, clock, lease, stand } = await open(t);
  server.create(collections.leases, { metadata: { namespace: 'kube-system', name: 'leader' }, spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, acquireTime: '2020-01-01T00:00:00.000000Z', renewTime: '2020-01-01T00:00:00.000000Z', leaseTransitions: 4 } });
  const two = stand('two');
  const after = await passing(t, clock, 'two leads', () => two.seen.leads);
  t.true(after >= 15, `after ${after} s`);
  t.like(lease(), { holderIdentity: 'two', leaseTransitions: 5 });
  await two.stop();
});

test('who cannot renew stops leading before another may begin, and leads again when it can', async (t) => {
  const { server, clock, stand } = await open(t);
  const one = stand('one');
  await passing(t, clock, 'one leads', () => one.seen.leads);
  server.script((_, response) => {
    response.socket?.destroy();
    return true;
  });
  const after = await passing(t, clock, 'it stops', () => !one.seen.leads);
  t.true(after <= 15, `after ${after} s`);
  server.script(() => false);
  await passing(t, clock, 'one leads again', () => one.seen.leads);
  await one.stop();
});

test('what the leader throws ends its campaign', async (t) => {
  const { stand } = await open(t);
  const one = stand('one', () => Promise.reject(new Error('no such cluster')));
  await t.throwsAsync(one.over, { message: 'no such cluster' });
});
