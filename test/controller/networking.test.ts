// Rules on the security groups of targets: what they are, who shares them, when they go.
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { IpPermission } from '../../emulator/api/ec2/client.js';
import { createLedger, rulesOf, type WantedRule } from '../../emulator/controller/networking-rules.js';
import { isCovered, ruleChanges } from '../../emulator/controller/rules.js';
import { AwsFault } from '../../emulator/wire/fault.js';
import { collections } from '../kube/server.js';
import { ipService, openHouse, prefix, reconciled, until, type House } from './harness.js';

const Description = 'elbv2.k8s.aws/targetGroupBinding=shared';
const fromGroup = (groupID: string, port: number | string, protocol: 'TCP' | 'UDP' = 'TCP') => ({ from: [{ securityGroup: { groupID } }], ports: [{ protocol, port }] });
const target = (port: number, group = 'sg-n') => ({ endpoint: { id: 'i-1', port, identity: '' }, group });
const shown = (rules: IpPermission[]): string[] =>
  rules.flatMap(({ IpProtocol, FromPort, ToPort, UserIdGroupPairs = [], IpRanges = [] }) => [...UserIdGroupPairs.map(({ GroupId }) => GroupId), ...IpRanges.map(({ CidrIp }) => CidrIp)].map((peer) => `${IpProtocol} ${FromPort}-${ToPort} ${peer}`)).sort();

test('one range of ports for each source group over all bindings; CIDRs stay apart; what a binding takes back shrinks it', (t) => {
  const ledger = createLedger();
  const of = (...rules: Parameters<typeof rulesOf>[0]): Map<string, WantedRule[]> => rulesOf(rules, [target(1)]);
  ledger.put('a', of(fromGroup('sg-lb', 30_080), fromGroup('sg-lb', 30_090), fromGroup('sg-lb', 53, 'UDP')));
  ledger.put('b', of(fromGroup('sg-lb', 31_000), { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 80 }, { protocol: 'TCP', port: 81 }] }));
  ledger.put('c', of(fromGroup('sg-other', 80)));
  t.deepEqual(shown(ledger.permissions('sg-n')), ['tcp 30080-31000 sg-lb', 'tcp 80-80 10.0.0.0/8', 'tcp 80-80 sg-other', 'tcp 81-81 10.0.0.0/8', 'udp 53-53 sg-lb']);
  t.deepEqual(ledger.put('b', new Map()), ['sg-n']);
  t.deepEqual(shown(ledger.permissions('sg-n')), ['tcp 30080-30090 sg-lb', 'tcp 80-80 sg-other', 'udp 53-53 sg-lb']);
  ledger.put('a', new Map());
  ledger.put('c', new Map());
  t.deepEqual(ledger.permissions('sg-n'), []);
});

test('a port without a number is all ports, a name is the container\'s', (t) => {
  const pod = { metadata: { namespace: 'ui', name: 'p1', uid: '', resourceVersion: '', creationTimestamp: '' }, spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 8080 }] }] } };
  const spans = (port?: number | string) => rulesOf([{ from: [{ securityGroup: { groupID: 'sg-lb' } }], ports: [{ protocol: 'TCP', ...(port === undefined ? {} : { port }) }] }], [{ endpoint: { id: '10.0.0.1', port: 8080, identity: '', pod }, group: 'sg-n' }])
    .get('sg-n')?.map(({ from, to }) => [from, to]);
  t.deepEqual([spans(), spans('web'), spans(81)], [[[0, 65_535]], [[8080, 8080]], [[81, 81]]]);
  t.throws(() => spans('nope'), { message: 'unable to find port nope on pod ui/p1' });
});

test('a wider rule covers a narrower one, whatever its description', (t) => {
  const rule = (FromPort: number, ToPort: number, more = {}): IpPermission => ({ IpProtocol: 'tcp', FromPort, ToPort, UserIdGroupPairs: [{ GroupId: 'sg-lb', ...more }] });
  t.true(isCovered(rule(80, 80), [rule(70, 90)]));
  t.false(isCovered(rule(80, 91), [rule(70, 90)]));
  t.deepEqual(ruleChanges([rule(80, 80)], [rule(80, 80, { Description: 'mine' })]), { add: [], remove: [] });
});

const createService = async (t: ExecutionContext, house: House, annotations: Record<string, string> = {}): Promise<void> => {
  house.pod('p1', '10.42.10.5');
  house.setEndpoints({ p1: '10.42.10.5' });
  house.server.create(collections.services, ipService(annotations));
  await until(t, 'the Service is reconciled', () => reconciled(house) > 0);
  await until(t, 'the binding is done', () => Boolean(house.bindings()[0]?.['status']));
};

test('the shared group may reach the target port of pods; a foreign rule stays; health checks elsewhere get a rule of their own', async (t) => {
  const house = await openHouse(t);
  const foreign: IpPermission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
  house.cloud.nodes.IpPermissions.push(foreign);
  await createService(t, house, { [`${prefix}aws-load-balancer-healthcheck-port`]: '9000' });
  const source = 'sg-k8s-traffic-mycluster-4cbfcec96c';
  t.deepEqual(house.cloud.nodes.IpPermissions, [foreign, { IpProtocol: 'tcp', FromPort: 8080, ToPort: 9000, UserIdGroupPairs: [{ GroupId: source, Description }] }]);
  house.server.delete(collections.services, 'ui', 'ui-nlb');
  await until(t, 'the Service is gone', () => house.service() === undefined);
  t.deepEqual(house.cloud.nodes.IpPermissions, [foreign]);
});

test('after a restart a settled binding writes nothing, and its rule is still taken away with it', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  // As if a binding that is gone had needed more.
  const stale: IpPermission = { IpProtocol: 'udp', FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupId: 'sg-k8s-traffic-mycluster-4cbfcec96c', Description }] };
  await house.restart();
  await until(t, 'the pass after the restart', () => reconciled(house) === 2);
  t.deepEqual(house.cloud.writes().filter((op) => op === 'AuthorizeSecurityGroupIngress').length, 2);
  house.cloud.nodes.IpPermissions.push(stale);
  await house.restart();
  await until(t, 'the stale rule is gone', () => house.cloud.nodes.IpPermissions.length === 1);
  house.server.delete(collections.services, 'ui', 'ui-nlb');
  await until(t, 'the Service is gone', () => house.service() === undefined);
  t.deepEqual(house.cloud.nodes.IpPermissions, []);
});

test('a pod whose interface cannot be found is registered all the same, with a warning', async (t) => {
  const house = await openHouse(t);
  house.server.create(collections.pods, { metadata: { namespace: 'ui', name: 'p1' }, spec: { nodeName: 'nowhere' }, status: { podIP: '10.42.10.5' } });
  house.setEndpoints({ p1: '10.42.10.5' });
  house.server.create(collections.services, ipService());
  await until(t, 'the warning', () => house.events().includes('Warning FailedNetworkReconcile: cannot resolve pod ENI for pods: [ui/p1]'));
  await until(t, 'the target is registered', () => [...house.cloud.targets.values()].flat().length === 1);
  t.deepEqual(house.cloud.nodes.IpPermissions, []);
});

test('a rule that somebody was faster to write is read again', async (t) => {
  const house = await openHouse(t);
  house.cloud.faults.set('AuthorizeSecurityGroupIngress', [new AwsFault('InvalidPermission.Duplicate', 'already exists'), new AwsFault('InvalidPermission.Duplicate', 'already exists'), new AwsFault('InvalidPermission.Duplicate', 'already exists')]);
  await createService(t, house);
  t.is(house.cloud.nodes.IpPermissions.length, 1);
});
