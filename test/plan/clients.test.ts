// Where clients are: pods, nodes and subnets, and the loopback addresses that stand for those of the VPC.
import test from 'ava';
import { clientZones, onLoopback } from '../../emulator/plan/clients.js';
import { allowRules } from '../../emulator/plan/sources.js';
import { createVpc } from '../../emulator/state/vpc.js';
import { balancer, readerOf } from './support.js';

test('ranges of the VPC have a twin on loopback, others have none', (t) => {
  const pairs: [string, string | undefined][] = [
    ['10.42.3.0/24', '127.52.3.0/24'], ['10.42.3.4/32', '127.52.3.4/32'], ['10.42.0.0/16', '127.52.0.0/16'], ['10.0.0.0/8', '127.52.0.0/16'],
    ['10.43.0.0/16', undefined], ['192.168.0.0/16', undefined], ['10.128.0.0/9', undefined], ['2001:db8::/32', undefined],
  ];
  for (const [cidr, twin] of pairs) t.is(onLoopback(cidr, 52), twin, cidr);
});

test('a pod is where its node is, then the node, then the subnet', (t) => {
  const node = { InstanceId: 'i-0a', nodeName: 'n', PrivateIpAddress: '172.18.0.3', AvailabilityZone: 'us-west-2b', running: true, podCidrs: ['10.244.1.0/24', 'fd00::/64'] };
  const { subnets } = createVpc('us-west-2', '000000000000', 'c');
  t.deepEqual(clientZones(subnets.slice(0, 1), [node, { ...node, AvailabilityZone: '' }], 42), [
    { cidr: '10.244.1.0/24', zone: 'us-west-2b' }, { cidr: '172.18.0.3/32', zone: 'us-west-2b' },
    { cidr: '10.42.0.0/19', zone: 'us-west-2a' }, { cidr: '127.42.0.0/19', zone: 'us-west-2a' },
  ]);
});

test('source ranges of the VPC admit its pods, which come from loopback', (t) => {
  const group = { GroupId: 'sg-1', IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.42.0.0/16' }, { CidrIp: '0.0.0.0/0' }, { CidrIp: '203.0.113.0/24' }] }] };
  const read = readerOf({ loadBalancers: [], listeners: [], targetGroups: [], targets: [], securityGroups: [group as never] });
  const cidrs = (loopback?: number) => allowRules(balancer({ SecurityGroups: ['sg-1'] }), read, loopback)?.map(({ cidr }) => cidr);
  t.deepEqual(cidrs(42), ['10.42.0.0/16', '127.42.0.0/16', '0.0.0.0/0', '203.0.113.0/24']);
  t.deepEqual(cidrs(), ['10.42.0.0/16', '0.0.0.0/0', '203.0.113.0/24']);
});
