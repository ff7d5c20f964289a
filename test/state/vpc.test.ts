// The address plan: the same for every run, six subnets in three zones.
import test from 'ava';
import { createVpc } from '../../emulator/state/vpc.js';

test('the plan is the same for the same region, account and cluster, and another for another', (t) => {
  const vpc = createVpc('us-west-2', '1', 'c');
  t.deepEqual(createVpc('us-west-2', '1', 'c').subnets, vpc.subnets);
  t.not(createVpc('us-west-2', '2', 'c').VpcId, vpc.VpcId);
  t.regex(vpc.VpcId, /^vpc-[0-9a-f]{17}$/);
  t.is(new Set(vpc.subnets.map((subnet) => subnet.SubnetId)).size, 6);
  t.deepEqual(vpc.subnets.map((subnet) => `${subnet.public ? 'public' : 'private'} ${subnet.AvailabilityZone} ${subnet.AvailabilityZoneId} ${subnet.CidrBlock}`), [
    'public us-west-2a usw2-az1 10.42.0.0/19',
    'public us-west-2b usw2-az2 10.42.32.0/19',
    'public us-west-2c usw2-az3 10.42.64.0/19',
    'private us-west-2a usw2-az1 10.42.96.0/19',
    'private us-west-2b usw2-az2 10.42.128.0/19',
    'private us-west-2c usw2-az3 10.42.160.0/19',
  ]);
  t.deepEqual(vpc.subnets.map((subnet) => subnet.Ipv6CidrBlock), [0, 1, 2, 3, 4, 5].map((index) => `2001:db8:42:420${index}::/64`));
  t.is(createVpc('ap-northeast-2', '1', 'c').subnets[0]?.AvailabilityZoneId, 'apne2-az1');
  t.is(createVpc('us-gov-east-1', '1', 'c').subnets[0]?.AvailabilityZoneId, 'usge1-az1');
});

test('the zone of an address is that of its subnet', (t) => {
  const { zoneOf } = createVpc('us-west-2', '1', 'c');
  t.deepEqual(['2001:db8:42:4200::1', '2001:db8:42:4204:ffff::', '2001:db8:42:4300::1'].map(zoneOf), ['us-west-2a', 'us-west-2b', undefined]);
  t.deepEqual(['10.42.31.255', '10.42.32.0', '10.42.191.1', '10.42.192.0', '10.43.0.1', 'x', '10.42.1'].map(zoneOf), ['us-west-2a', 'us-west-2b', 'us-west-2c', undefined, undefined, undefined, undefined]);
});
