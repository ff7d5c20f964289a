// Records to plan: each rule against a small state, and one whole plan written out.
import test from 'ava';
import { timingProfiles } from '../../emulator/config.js';
import type { Target } from '../../emulator/dataplane/types.js';
import type { Surroundings } from '../../emulator/plan/plan.js';
import { createPlanner } from '../../emulator/plan/planner.js';
import { balancer, group, listenerRecord, ipTarget, readerOf, sourceOf, tgArn, listenerArn, type Records } from './support.js';

const now = 1_000_000;
const instances: Surroundings['instances'] = new Map([
  ['i-0aaa', { PrivateIpAddress: '10.42.1.10', AvailabilityZone: 'us-west-2a', running: true }],
  ['i-0bbb', { PrivateIpAddress: '10.42.2.10', AvailabilityZone: 'us-west-2b', running: false }],
]);

const planOf = (records: Records, timing: Surroundings['timing'] = timingProfiles.aws) =>
  createPlanner().plan([sourceOf(readerOf(records))], { instances, timing, now });

const spine = (overrides: Partial<Records> = {}): Records => ({
  loadBalancers: [balancer()], listeners: [listenerRecord()], targetGroups: [group()], targets: [ipTarget()], ...overrides,
});

const targetsOf = (records: Records, timing?: Surroundings['timing']): Target[] => planOf(records, timing).plan.pools[0]?.targets ?? [];

test('a load balancer with one pod, whole', (t) => {
  t.deepEqual(planOf(spine()).plan, {
    listeners: [{
      id: listenerArn,
      protocol: 'tcp',
      port: 80,
      addresses: [{ zone: 'us-west-2a', address: '127.43.0.1' }, { zone: 'us-west-2b', address: '127.43.1.1' }],
      front: '127.43.0.8',
      crossZone: false,
      pools: [{ id: tgArn, weight: 1 }],
      idleTimeout: 350_000,
    }],
    pools: [{
      id: tgArn,
      stickiness: 'none',
      cutUnhealthy: true,
      preserveClientAddress: false,
      targets: [{
        id: '10.42.1.7|8080',
        host: '10.42.1.7',
        port: 8080,
        zone: 'us-west-2a',
        healthCheck: { protocol: 'tcp', port: 8080, interval: 10_000, timeout: 10_000, healthyThreshold: 3, unhealthyThreshold: 3, firstPasses: 3 },
        probeFrom: 600_000 + 90_000,
        admission: 'open',
      }],
    }],
  });
});

test('instance targets are dialled at the node; stopped and unknown ones are left out', (t) => {
  const targets = ['i-0aaa', 'i-0bbb', 'i-0ccc'].map((Id) => ({ ...ipTarget(), Id, Port: 31_000 }));
  const { plan } = planOf(spine({ targetGroups: [group({ TargetType: 'instance' })], targets }));
  t.deepEqual(plan.pools[0]?.targets.map(({ id, host, port, zone }) => ({ id, host, port, zone })), [
    { id: 'i-0aaa|31000', host: '10.42.1.10', port: 31_000, zone: 'us-west-2a' },
  ]);
  t.true(plan.pools[0]?.preserveClientAddress);
});

test('groups that no listener refers to, and listeners of other protocols, are not planned', (t) => {
  t.deepEqual(planOf(spine({ listeners: [] })).plan, { pools: [], listeners: [] });
  t.deepEqual(planOf(spine({ listeners: [listenerRecord({ Protocol: 'GENEVE' })] })).plan, { pools: [], listeners: [] });
  t.deepEqual(planOf(spine({ loadBalancers: [] })).plan, { pools: [], listeners: [] });
});

test('one group behind two listeners is one pool; weights come from ForwardConfig', (t) => {
  const both = [listenerRecord(), listenerRecord({ ListenerArn: `${listenerArn}2`, Port: 81, DefaultActions: [
    { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: tgArn, Weight: 30 }, { TargetGroupArn: 'other', Weight: 0 }, { TargetGroupArn: 'third' }] } },
  ] })];
  const { plan } = planOf(spine({ listeners: both }));
  t.is(plan.pools.length, 1);
  t.deepEqual(plan.listeners[1]?.pools, [{ id: tgArn, weight: 30 }, { id: 'other', weight: 0 }, { id: 'third', weight: 1 }]);
});

test('attributes: load balancer, listener and group', (t) => {
  const { plan } = planOf(spine({
    loadBalancers: [balancer({ attributes: { 'load_balancing.cross_zone.enabled': 'true' } })],
    listeners: [listenerRecord({ attributes: { 'tcp.idle_timeout.seconds': '60' } })],
    targetGroups: [group({ attributes: {
      'stickiness.enabled': 'true', 'preserve_client_ip.enabled': 'true', 'load_balancing.cross_zone.enabled': 'false',
      'target_health_state.unhealthy.connection_termination.enabled': 'false', 'deregistration_delay.connection_termination.enabled': 'true',
    } })],
  }));
  t.like(plan.listeners[0], { crossZone: true, idleTimeout: 60_000 });
  t.like(plan.pools[0], { stickiness: 'source_ip', preserveClientAddress: true, crossZone: false, cutUnhealthy: false });
  t.true(plan.pools[0]?.targets[0]?.cutAtDrainEnd);
  const follows = group({ attributes: { 'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration' } });
  t.false('crossZone' in (planOf(spine({ targetGroups: [follows] })).plan.pools[0] ?? {}));
});

test('health checks: protocol, port, path, matcher, and times by profile', (t) => {
  const checked = group({ HealthCheckProtocol: 'HTTP', HealthCheckPort: '9090', HealthCheckPath: '/up', Matcher: { HttpCode: '200-399' }, HealthCheckTimeoutSeconds: 6 });
  const check = (timing: Surroundings['timing']) => targetsOf(spine({ targetGroups: [checked] }), timing)[0]?.healthCheck;
  t.like(check(timingProfiles.aws), { protocol: 'http', port: 9090, path: '/up', matcher: '200-399', interval: 10_000, timeout: 6000, firstPasses: 3 });
  t.like(check(timingProfiles.fast), { interval: 1000, timeout: 1000, firstPasses: 3 });
  t.like(check(timingProfiles.instant), { interval: 200, timeout: 1000, firstPasses: 1 });
});

test('health check intervals never fall below 20 ms', (t) => {
  const timing = { ...timingProfiles.instant, intervalFactor: 0.0001 };
  t.is(targetsOf(spine(), timing)[0]?.healthCheck.interval, 20);
});

test('probing starts when the target is registered and its group in use', (t) => {
  t.is(targetsOf(spine({ targetGroups: [group({ InUseSince: 800_000 })] }))[0]?.probeFrom, 890_000);
  t.is(targetsOf(spine({ targetGroups: [group({ InUseSince: 100_000 })] }))[0]?.probeFrom, 690_000);
});

test('a deregistered target drains for its delay, then leaves; the plan says when', (t) => {
  const targets = [ipTarget({ DeregisteredAt: now - 1000 }), ipTarget({ Id: '10.42.1.8', DeregisteredAt: now - 299_000 }), ipTarget({ Id: '10.42.1.9', DeregisteredAt: now - 300_000 })];
  const { plan, nextChange } = planOf(spine({ targets }));
  t.deepEqual(plan.pools[0]?.targets.map(({ id, admission, drainEnd }) => ({ id, admission, drainEnd })), [
    { id: '10.42.1.7|8080', admission: 'draining', drainEnd: now + 299_000 },
    { id: '10.42.1.8|8080', admission: 'draining', drainEnd: now + 1000 },
  ]);
  t.is(nextChange, now + 1000);
  t.deepEqual(targetsOf(spine({ targets }), timingProfiles.instant), []);
  const short = group({ attributes: { 'deregistration_delay.timeout_seconds': '2' } });
  t.is(planOf(spine({ targets, targetGroups: [short] })).nextChange, now + 1000);
});

test('an ip outside the VPC is used from every zone', (t) => {
  t.is(targetsOf(spine({ targets: [ipTarget({ AvailabilityZone: 'all' })] }))[0]?.zone, 'all');
  const { AvailabilityZone: _, ...bare } = ipTarget();
  t.is(targetsOf(spine({ targets: [bare] }))[0]?.zone, 'all');
});

test('records are only read', (t) => {
  const records = spine({ targets: [Object.freeze(ipTarget())], targetGroups: [Object.freeze(group({ HealthCheckPort: '9090' }))] });
  const before = structuredClone(records);
  planOf(records);
  t.deepEqual(records, before);
});

test('the other protocols: what listens, how long it may be idle, and what their groups do by default', (t) => {
  const idle = { 'tcp.idle_timeout.seconds': '60' };
  const planned = (['UDP', 'TCP_UDP', 'TLS', 'QUIC', 'TCP_QUIC'] as const).map((Protocol) =>
    planOf(spine({ listeners: [listenerRecord({ Protocol, attributes: idle })] })).plan.listeners[0]);
  t.deepEqual(planned.map((one) => [one?.protocol, one?.idleTimeout]), [['udp', 120_000], ['tcp_udp', 60_000], ['tls', 350_000], ['udp', 120_000], ['tcp_udp', 60_000]]);
  const [pool] = planOf(spine({ targetGroups: [group({ Protocol: 'UDP' })] })).plan.pools;
  t.like(pool, { preserveClientAddress: true });
  t.true(pool?.targets[0]?.cutAtDrainEnd);
  const proxied = planOf(spine({ targetGroups: [group({ Protocol: 'TLS', attributes: { 'proxy_protocol_v2.enabled': 'true' } })] })).plan.pools[0];
  t.like(proxied, { proxyProtocol: true, tls: true });
  t.true(proxied?.targets[0]?.healthCheck.proxyProtocol);
});

test('security groups become rules; none at all is open', (t) => {
  const securityGroup = {
    GroupId: 'sg-1', GroupName: 'one', Description: '', VpcId: 'vpc-0', tags: {},
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 81, IpRanges: [{ CidrIp: '10.0.0.0/8' }, { CidrIp: '192.0.2.0/24' }] },
      { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }], UserIdGroupPairs: [{ GroupId: 'sg-2' }] },
      { IpProtocol: 'icmp', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    ],
  };
  const allowed = (SecurityGroups?: string[]) =>
    planOf({ ...spine({ loadBalancers: [balancer(SecurityGroups ? { SecurityGroups } : {})] }), securityGroups: [securityGroup] }).plan.listeners[0]?.allow;
  t.is(allowed(), undefined);
  t.is(allowed([]), undefined);
  t.deepEqual(allowed(['sg-gone']), []);
  t.deepEqual(allowed(['sg-1']), [
    { cidr: '10.0.0.0/8', fromPort: 80, toPort: 81, protocol: 'tcp' },
    { cidr: '192.0.2.0/24', fromPort: 80, toPort: 81, protocol: 'tcp' },
    { cidr: '::/0', fromPort: 0, toPort: 65_535, protocol: 'all' },
  ]);
});

test('TLS: certificates by ARN in order, ALPN and versions by the policies', (t) => {
  const certificate = { CertificateArn: 'arn:c', Certificate: 'CERT\n', CertificateChain: 'CHAIN', PrivateKey: 'KEY', CreatedAt: 0, ImportedAt: 0, tags: {} };
  const tls = (overrides: Parameters<typeof listenerRecord>[0]) =>
    planOf({ ...spine({ listeners: [listenerRecord({ Protocol: 'TLS', Certificates: ['arn:c', 'arn:gone'], ...overrides })] }), certificates: [certificate] }).plan.listeners[0]?.tls;
  t.like(tls({ SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', AlpnPolicy: ['HTTP2Preferred'] }), {
    certificates: [{ cert: 'CERT\nCHAIN', key: 'KEY' }], alpn: ['h2', 'http/1.1', 'http/1.0'], minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3',
  });
  t.like(tls({ SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' }), { alpn: [], minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
  t.like(tls({ SslPolicy: 'ELBSecurityPolicy-TLS-1-1-2017-01' }), { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.2' });
  t.like(tls({}), { minVersion: 'TLSv1', maxVersion: 'TLSv1.2' });
});

test('how many healthy targets are enough, and how long unhealthy ones keep their flows, are the group\'s attributes', (t) => {
  const poolWith = (attributes: Record<string, string>) => planOf(spine({ targetGroups: [group({ attributes })] })).plan.pools[0];
  t.is(poolWith({})?.enough, undefined);
  const minimum = (of: string, kind: string): string => `target_group_health.${of}.minimum_healthy_targets.${kind}`;
  t.deepEqual(poolWith({ [minimum('dns_failover', 'count')]: 'off', [minimum('unhealthy_state_routing', 'percentage')]: '40' })?.enough, { dns: {}, routing: { count: 1, percentage: 40 } });
  t.is(poolWith({ 'target_health_state.unhealthy.draining_interval_seconds': '60' })?.unhealthyDrain, 60_000);
});

test('the client routing policy says how often a client enters its own zone', (t) => {
  const affinity = (policy?: string) => planOf(spine({ loadBalancers: [balancer({ attributes: policy === undefined ? {} : { 'dns_record.client_routing_policy': policy } })] })).plan.listeners[0]?.zoneAffinity;
  t.deepEqual([undefined, 'any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity'].map(affinity), [undefined, undefined, 0.85, 1]);
});
