// What is left of Services that are gone: told at the start, removed when asked, and never taken from a Service that is there.
import test from 'ava';
import type { Deployer } from '../../emulator/controller/deploy-context.js';
import { defaultFlags } from '../../emulator/controller/flags.js';
import { createOrphans } from '../../emulator/controller/orphans.js';
import type { Informer } from '../../emulator/kube/informer.js';
import type { Service } from '../../emulator/kube/types.js';
import { silentLog } from '../../emulator/log.js';
import { AwsFault } from '../../emulator/wire/fault.js';
import { collections } from '../kube/server.js';
import { ipService, openHouse, reconciled, until } from './harness.js';

test('a Service whose finalizer was torn off leaves orphans: told with the next start, gone when asked', async (t) => {
  const house = await openHouse(t);
  house.pod('p1', '10.42.10.5');
  house.setEndpoints({ p1: '10.42.10.5' });
  house.server.create(collections.services, ipService());
  await until(t, 'the Service is reconciled', () => reconciled(house) > 0);
  await until(t, 'the binding is done', () => Boolean(house.bindings()[0]?.['status']));
  t.deepEqual(await house.orphans().look(), []);

  const service = house.service()!;
  house.server.put(collections.services, { ...service, metadata: { ...service.metadata, finalizers: [] } });
  house.server.delete(collections.services, 'ui', 'ui-nlb');
  const other = 'arn:aws:elasticloadbalancing:us-west-2:000000000000:targetgroup/other/1';
  house.cloud.targetGroups.set(other, { TargetGroupArn: other, VpcId: 'vpc-1' } as never);
  house.cloud.tags.set(other, [{ Key: 'elbv2.k8s.aws/cluster', Value: 'another' }, { Key: 'service.k8s.aws/stack', Value: 'ui/ui-nlb' }]);
  await house.restart();
  await until(t, 'the event', () => house.events().some((one) => one.startsWith('Warning OrphanedResources')));
  const [stack, shared] = house.orphans().seen();
  t.is(stack?.stack, 'ui/ui-nlb');
  t.deepEqual(stack?.resources.map((one) => one.replace(/^arn.*:(\w+)\/.*$/, '$1')), ['loadbalancer', 'targetgroup', 'sg-k8s-ui-uinlb-1877e72a10', 'targetgroupbinding/ui/k8s-ui-uinlb-20b2823938']);
  t.deepEqual(shared, { stack: '(shared)', resources: ['sg-k8s-traffic-mycluster-4cbfcec96c'] });

  house.cloud.faults.set('DeleteLoadBalancer', [new AwsFault('ResourceInUse', 'is in use by an endpoint service')]);
  await t.throwsAsync(house.orphans().remove(), { message: /^the resources of ui\/ui-nlb could not all be removed: Failed deploy model due to .*ResourceInUse: is in use by an endpoint service$/ });
  await house.orphans().remove();
  t.deepEqual([house.cloud.loadBalancers.size, house.cloud.groups.size, house.bindings().length], [0, 0, 0]);
  t.deepEqual([...house.cloud.targetGroups.keys()], [other], 'what another cluster made stays');
  t.deepEqual(await house.orphans().remove(), []);
});

test('a Service that comes back before its turn keeps what it has', async (t) => {
  let present: Service | undefined;
  const inventory = { stacks: async () => new Map([['ui/ui-nlb', ['arn']]]), distrust: () => {} };
  const deployer = { inventory, ec2: { DescribeSecurityGroups: async () => ({ SecurityGroups: [] }) }, flags: defaultFlags, bindings: { list: () => [] }, log: silentLog } as unknown as Deployer;
  let cleared = 0;
  const orphans = createOrphans({
    deployer, services: { get: () => present, list: () => [] } as unknown as Informer<Service>, recorder: { event: () => {}, flush: async () => {} },
    enqueue: (stack) => {
      present = ipService() as unknown as Service;
      void orphans.pass(stack, async () => void (cleared += 1));
    },
  });
  t.is((await orphans.remove()).length, 1);
  t.is(cleared, 0);
  present = undefined;
  await orphans.pass('ui/ui-nlb', async () => void (cleared += 1));
  t.is(cleared, 0, 'nobody asked');
});
