// What becomes of the records of targets whose instances have left, and of targets that have drained.
import test from 'ava';
import { followLeavers } from '../../emulator/main/leavers.js';
import { connectTraffic } from '../../emulator/main/traffic.js';
import { createInstances } from '../../emulator/main/instances.js';
import { timingProfiles } from '../../emulator/config.js';
import { silentLog } from '../../emulator/log.js';
import { account, createService, createWorld, node, region } from '../api/elbv2/fixture.js';
import { eventually } from '../support/nlbox.js';

const timing = timingProfiles.fast;

const setUp = async () => {
  const world = await createWorld();
  const { read } = world.store.partition(account, region);
  const ids = async () => [...read.list('targets')].map(({ Id }) => Id);
  return { world, ids, clock: world.clock, store: world.store, log: silentLog, timing };
};

test('a target goes some time after its instance; one that comes back in time keeps its targets', async (t) => {
  const { world, ids, ...deps } = await setUp();
  const { TargetGroupArn, register } = await createService(world, 'instance');
  const [a, b] = [node('a', 0), node('b', 1)];
  await register({ Id: a.InstanceId }, { Id: b.InstanceId });
  const instances = createInstances();
  instances.set([a, b]);
  const leavers = followLeavers({ ...deps, instances });
  instances.set([]);
  await world.clock.advance(59_000);
  instances.set([b]);
  await world.clock.advance(2_000);
  t.deepEqual(await eventually(ids, (left) => left.length < 2), [b.InstanceId]);
  const { TargetHealthDescriptions } = await world.api.DescribeTargetHealth({ TargetGroupArn, Targets: [{ Id: a.InstanceId }] });
  t.is(TargetHealthDescriptions?.[0]?.TargetHealth?.Reason, 'Target.NotRegistered');
  leavers.stop();
});

test('the record of a drained target goes when its time is over, though nobody calls', async (t) => {
  const { world, ids, ...deps } = await setUp();
  const { TargetGroupArn, register } = await createService(world);
  await register({ Id: '10.42.0.9' }, { Id: '10.42.32.9' });
  let plans = 0;
  const dataplane = { apply: async () => void plans++, health: world.health } as unknown as Parameters<typeof connectTraffic>[0]['dataplane'];
  const names = { update: () => {} } as unknown as Parameters<typeof connectTraffic>[0]['names'];
  const traffic = connectTraffic({ ...deps, dataplane, names, instances: createInstances(), subnets: world.vpc.subnets, loopback: 42 });
  await world.api.DeregisterTargets({ TargetGroupArn, Targets: [{ Id: '10.42.0.9' }] });
  await eventually(async () => plans, (now) => now > 0);
  await world.clock.advance(300_000 * timing.drainFactor - 1000);
  t.is((await ids()).length, 2);
  const later = async () => {
    await world.clock.advance(500);
    return ids();
  };
  t.deepEqual(await eventually(later, (left) => left.length < 2), ['10.42.32.9']);
  await traffic.stop();
});
