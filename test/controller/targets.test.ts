// Registration of targets: the zone that a group has asked for once is given unasked for an hour.
import test from 'ava';
import { manualClock } from '../../emulator/clock.js';
import type { Ec2Api } from '../../emulator/api/ec2/client.js';
import type { Elbv2Api } from '../../emulator/api/elbv2/client.js';
import { reporting } from '../../emulator/controller/calls.js';
import { createTargets, type Place } from '../../emulator/controller/targets.js';
import { AwsFault } from '../../emulator/wire/fault.js';

type Target = { Id?: string | undefined; AvailabilityZone?: string | undefined };

const place: Place = { vpcId: 'vpc-1', targetType: 'ip', zoneOf: ({ id }) => (id === '100.64.0.1' ? 'us-west-2b' : undefined) };

test('a group that wants zones is given them; after an hour it is asked anew', async (t) => {
  const clock = manualClock();
  const calls: string[] = [];
  const elbv2 = reporting({
    RegisterTargets: async ({ TargetGroupArn, Targets = [] }: { TargetGroupArn?: string; Targets?: Target[] }) => {
      calls.push(`${TargetGroupArn}: ${Targets.map(({ Id, AvailabilityZone }) => `${Id}@${AvailabilityZone ?? '-'}`).join(' ')}`);
      if (TargetGroupArn === 'strict' && Targets.some(({ AvailabilityZone }) => AvailabilityZone === undefined)) throw new AwsFault('ValidationError', 'since it is outside: you must specify an Availability Zone');
      return {};
    },
  } as unknown as Elbv2Api, 'Elastic Load Balancing v2', true);
  const ec2 = { DescribeVpcs: async () => ({ Vpcs: [{ CidrBlockAssociationSet: [{ CidrBlock: '100.64.0.0/16', CidrBlockState: { State: 'associated' } }], Ipv6CidrBlockAssociationSet: [] }] }) } as unknown as Ec2Api;
  const targets = createTargets(elbv2, ec2, clock);
  const register = (group: string, ...ids: string[]) => targets.register(group, ids.map((id) => ({ id, port: 80, identity: id })), place);
  await register('strict', '100.64.0.1', '100.64.0.2');
  await register('strict', '100.64.0.1');
  await register('plain', '100.64.0.1');
  await clock.advance(61 * 60_000);
  await register('strict', '100.64.0.1');
  t.deepEqual(calls, [
    'strict: 100.64.0.1@- 100.64.0.2@-', 'strict: 100.64.0.1@us-west-2b 100.64.0.2@all',
    'strict: 100.64.0.1@us-west-2b',
    'plain: 100.64.0.1@-',
    'strict: 100.64.0.1@-', 'strict: 100.64.0.1@us-west-2b',
  ]);
});
