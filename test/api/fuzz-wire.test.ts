// A hundred thousand requests, generated and mutated, against the whole door: no failure of ours, no growth, and an answer to each.
import test from 'ava';
import fc from 'fast-check';
import { modelled } from '../../emulator/api/elbv2/modelled.js';
import { operations as ec2Operations } from '../../emulator/api/ec2/operations.js';
import { createDispatch, type HttpRequest } from '../../emulator/api/dispatch.js';
import { createAcm } from '../../emulator/api/acm/service.js';
import { createEc2 } from '../../emulator/api/ec2/service.js';
import { createEks } from '../../emulator/api/eks/service.js';
import { stsService } from '../../emulator/api/sts/service.js';
import { createTagging } from '../../emulator/api/tagging/service.js';
import { manualClock } from '../../emulator/clock.js';
import { timingProfiles } from '../../emulator/config.js';
import { silentLog } from '../../emulator/log.js';
import { createMemoryStore } from '../../emulator/state/store.js';
import { createVpc } from '../../emulator/state/vpc.js';
import { fuzzSeed, seedLine } from '../support/seed.js';
import { account, node, region } from './elbv2/fixture.js';

const requests = 100_000;

const createDoor = async () => {
  const clock = manualClock();
  const store = await createMemoryStore({ clock, log: silentLog });
  const vpc = createVpc(region, account, 'eks-workshop', () => [node('a', 0), node('b', 1), node('c', 2)]);
  const failures: string[] = [];
  const log = { ...silentLog, error: (...said: unknown[]) => void failures.push(said.map((one) => JSON.stringify(one)).join(' ')) };
  const health = { of: () => undefined, revision: () => 0, onChange: () => () => {} };
  const quotas = { 'network-load-balancers': 20, 'target-groups': 20, 'targets-per-target-group': 20, 'elastic-ips': 20 };
  const ec2 = createEc2({ store, vpc, clusterName: 'eks-workshop', clock, quotas });
  const dispatch = createDispatch({
    store, vpc, clusterName: 'eks-workshop', health, clock, account, region, timing: timingProfiles.fast, quotas, octet: 43, log: log as typeof silentLog,
    services: { ec2: ec2.service, sts: stsService },
    others: {
      json: [createAcm({ store, clock }), createTagging({ store })],
      rest: [createEks({ vpc, clusterName: 'eks-workshop', cluster: () => ({ endpoint: 'https://127.0.0.1:1', certificateAuthority: '', version: '1.33', createdAt: 0 }) })],
    },
  });
  return { dispatch, store, vpc, failures };
};

const actions = [...Object.keys(modelled), ...Object.keys(ec2Operations), 'GetCallerIdentity', 'Nope', '__proto__', 'constructor', ''];
const members = [
  'Name', 'Names.member.1', 'LoadBalancerArn', 'LoadBalancerArns.member.1', 'TargetGroupArn', 'ListenerArn', 'ResourceArns.member.1', 'Subnets.member.1', 'Subnets.member.2',
  'SubnetMappings.member.1.SubnetId', 'SubnetMappings.member.1.AllocationId', 'Type', 'Protocol', 'Port', 'VpcId', 'TargetType', 'Targets.member.1.Id', 'Targets.member.1.Port',
  'Tags.member.1.Key', 'Tags.member.1.Value', 'TagKeys.member.1', 'Attributes.member.1.Key', 'Attributes.member.1.Value', 'DefaultActions.member.1.Type', 'Marker', 'PageSize',
  'DefaultActions.member.1.TargetGroupArn', 'DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn', 'Certificates.member.1.CertificateArn', 'AlpnPolicy.member.1',
  'SslPolicy', 'SecurityGroups.member.1', 'Filter.1.Name', 'Filter.1.Value.1', 'GroupId', 'GroupName', 'GroupDescription', 'IpPermissions.1.IpProtocol', 'IpPermissions.1.FromPort',
  'IpPermissions.1.ToPort', 'IpPermissions.1.IpRanges.1.CidrIp', 'ResourceId.1', 'Tag.1.Key', 'Tag.1.Value', 'MaxResults', 'NextToken', 'AllocationId', 'SubnetId.1', 'DryRun',
  '__proto__', '__proto__.x', 'constructor.prototype.x', 'a[b]', 'A.member.1e3', 'Tags.member.99999999999999999999.Key', 'X.member.-1', '.', '..', 'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a',
];
const values = (vpcId: string, subnets: readonly string[]): string[] => [
  '', '0', '1', '80', '-1', '65536', '1e9', 'NaN', 'true', 'false', 'TCP', 'UDP', 'TLS', 'network', 'forward', 'ip', 'instance', '10.42.0.5', 'all', 'a', 'b', 'my-nlb', 'null', '__proto__', '*',
  '[', '\\', '%', '\u0000', '<x/>&', ']]>', '漢😀', 'x'.repeat(300), 'arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/net/a/0000000000000000', vpcId, ...subnets,
  '0.0.0.0/0', 'tcp', 'vpc-id', 'tag:a', 'deletion_protection.enabled', 'Mg', 'MSBhcm4', '{lb}', '{tg}', '{li}', '{sg}', '{eip}',
];

/** Requests that are right as they stand, while what they name is there. */
const templates = (vpcId: string, subnets: readonly string[]): string[] => [
  `CreateLoadBalancer&Name=my-nlb&Type=network&Subnets.member.1=${subnets[0]}`, `CreateLoadBalancer&Name=a&Type=network&SubnetMappings.member.1.SubnetId=${subnets[1]}&SubnetMappings.member.1.AllocationId={eip}`,
  ...['TCP', 'UDP', 'TCP_UDP', 'TLS'].map((protocol) => `CreateTargetGroup&Name=${protocol.replace('_', '-')}&Protocol=${protocol}&Port=80&VpcId=${vpcId}&TargetType=ip`),
  'CreateListener&LoadBalancerArn={lb}&Protocol=TCP&Port=80&DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={tg}',
  'RegisterTargets&TargetGroupArn={tg}&Targets.member.1.Id=10.42.0.5', 'DeregisterTargets&TargetGroupArn={tg}&Targets.member.1.Id=10.42.0.5',
  'AddTags&ResourceArns.member.1={lb}&Tags.member.1.Key=a&Tags.member.1.Value=b', 'RemoveTags&ResourceArns.member.1={tg}&TagKeys.member.1=a', 'DescribeTags&ResourceArns.member.1={li}',
  'DeleteListener&ListenerArn={li}', 'DeleteTargetGroup&TargetGroupArn={tg}', 'DeleteLoadBalancer&LoadBalancerArn={lb}',
  ...['LoadBalancers', 'TargetGroups', 'SSLPolicies', 'AccountLimits'].map((list) => `Describe${list}&PageSize=2`), 'DescribeTargetHealth&TargetGroupArn={tg}', 'DescribeListeners&LoadBalancerArn={lb}',
  'DescribeRules&ListenerArn={li}', 'ModifyListener&ListenerArn={li}&Port=81', 'SetIpAddressType&LoadBalancerArn={lb}&IpAddressType=ipv4', `SetSubnets&LoadBalancerArn={lb}&Subnets.member.1=${subnets[2]}`,
  'ModifyCapacityReservation&LoadBalancerArn={lb}&MinimumLoadBalancerCapacity.CapacityUnits=100', 'ModifyTargetGroup&TargetGroupArn={tg}&HealthCheckProtocol=HTTP&HealthCheckPath=/x',
].map((one) => `Version=2015-12-01&Action=${one}`).concat([
  'DescribeSubnets', 'DescribeInstances', 'DescribeNetworkInterfaces&MaxResults=5', 'DescribeSecurityGroups', 'AllocateAddress', 'ReleaseAddress&AllocationId={eip}',
  `CreateSecurityGroup&GroupName=a&GroupDescription=a&VpcId=${vpcId}`, 'DeleteSecurityGroup&GroupId={sg}', 'CreateTags&ResourceId.1={sg}&Tag.1.Key=a&Tag.1.Value=b',
  'AuthorizeSecurityGroupIngress&GroupId={sg}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=2&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0',
].map((one) => `Version=2016-11-15&Action=${one}`));

const json = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.record({
    CertificateArn: fc.constantFrom('', 'x', 'arn:aws:acm:us-west-2:123456789012:certificate/x'), Certificate: fc.constantFrom('', 'AAAA', '漢'), PrivateKey: fc.base64String(),
    Tags: fc.anything(), TagFilters: fc.anything(), MaxItems: fc.anything(), NextToken: fc.string(), PaginationToken: fc.string(), ResourceTypeFilters: fc.array(fc.string()),
  }, { requiredKeys: [] }).map((body) => JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? ''),
  fc.string(),
);
const targets = [
  ...['ImportCertificate', 'DescribeCertificate', 'ListCertificates', 'DeleteCertificate', 'GetCertificate', 'AddTagsToCertificate', '__proto__', ''].map((name) => `CertificateManager.${name}`),
  'ResourceGroupsTaggingAPI_20170126.GetResources', 'x', '',
];

const authorizationOf = (service: string): string => `AWS4-HMAC-SHA256 Credential=AKID/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
const authorization = fc.constantFrom(...['elasticloadbalancing', 'ec2', 'sts', 'eks', 'nope', '__proto__'].map(authorizationOf), undefined, 'x');

const mutated = (text: string): Arbitrary => fc.tuple(fc.nat(), fc.constantFrom('', '&', '=', '%', '%00', '.', '[', 'é', '&Action=x')).map(([at, more]) => {
  const cut = text.length === 0 ? 0 : at % text.length;
  return text.slice(0, cut) + more + text.slice(cut + 1);
});
type Arbitrary = fc.Arbitrary<string>;

const requestOf = (vpcId: string, subnets: readonly string[]): fc.Arbitrary<HttpRequest> => {
  const pair = fc.tuple(fc.constantFrom(...members), fc.constantFrom(...values(vpcId, subnets))).map(([name, value]) => `${name}=${value.startsWith('{') ? value : encodeURIComponent(value)}`);
  const form = fc.tuple(fc.constantFrom(...actions), fc.constantFrom('2015-12-01', '2016-11-15', 'x'), fc.array(pair, { maxLength: 7 }))
    .map(([action, version, pairs]) => [`Action=${action}`, `Version=${version}`, ...pairs].join('&'));
  const query = fc.oneof({ weight: 4, arbitrary: form }, { weight: 1, arbitrary: form.chain(mutated) }, { weight: 1, arbitrary: fc.string({ maxLength: 40 }) });
  const known = fc.constantFrom(...templates(vpcId, subnets));
  const nearly = fc.oneof(known, fc.tuple(known, pair).map(([text, more]) => `${text}&${more}`), known.chain(mutated));
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ body: nearly }) },
    { weight: 8, arbitrary: fc.record({ body: query, authorization }) },
    { weight: 1, arbitrary: fc.record({ body: fc.constant(''), query, authorization, method: fc.constant('GET') }) },
    { weight: 2, arbitrary: fc.record({ body: json, target: fc.constantFrom(...targets), authorization }) },
    { weight: 1, arbitrary: fc.record({ body: fc.constant(''), method: fc.constantFrom('GET', 'POST', 'DELETE'), path: fc.constantFrom('/clusters', '/clusters/eks-workshop', '/clusters/%', '/x', '//'), query: fc.string(), authorization }) },
  );
};

/** What the store holds, as long as one text. */
const sizeOf = (tables: Iterable<unknown>): number => JSON.stringify([...tables]).length;

test('a hundred thousand requests end in an answer or a refusal', async (t) => {
  t.timeout(300_000);
  const seed = fuzzSeed();
  t.log(seedLine(seed));
  // Three of four requests end in a refusal, whose stack nobody reads.
  Error.stackTraceLimit = 0;
  const { dispatch, store, vpc, failures } = await createDoor();
  const { read } = store.partition(account, region);
  const made = fc.sample(requestOf(vpc.VpcId, vpc.subnets.slice(0, 4).map(({ SubnetId }) => SubnetId)), { seed, numRuns: requests / 5 });
  // Names of what is there at this moment, so that later requests meet resources.
  const fill = (text: string): string => text.includes('{') ? text
    .replaceAll('{lb}', [...read.list('loadBalancers')][0]?.LoadBalancerArn ?? 'x').replaceAll('{tg}', [...read.list('targetGroups')][0]?.TargetGroupArn ?? 'x')
    .replaceAll('{li}', [...read.list('listeners')][0]?.ListenerArn ?? 'x').replaceAll('{sg}', [...read.list('securityGroups')][0]?.GroupId ?? 'x')
    .replaceAll('{eip}', [...read.list('addresses')][0]?.AllocationId ?? 'x') : text;
  const statuses = new Map<number, number>();
  const send = async (request: HttpRequest): Promise<void> => {
    const { status, body } = await dispatch.answer({ ...request, body: fill(request.body) });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500) failures.push(`${status} ${JSON.stringify(request)} ${body.toString().slice(0, 300)}`);
  };
  const sizes: number[] = [];
  const heaps: number[] = [];
  // Five rounds of the same requests in other orders: what grows with each round would be a leak.
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < made.length; index++) await send(made[(index * (2 * round + 1)) % made.length] as HttpRequest);
    sizes.push(sizeOf(['loadBalancers', 'targetGroups', 'listeners', 'targets', 'addresses'].flatMap((table) => [...read.list(table as 'targets')])));
    heaps.push(process.memoryUsage().heapUsed);
  }
  t.log(`answers by status: ${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}; heap ${heaps.map((one) => `${Math.round(one / 2 ** 20)} MiB`).join(', ')}`);
  t.deepEqual(failures.slice(0, 3), []);
  t.is([...statuses.values()].reduce((sum, count) => sum + count, 0), requests);
  t.true((statuses.get(200) ?? 0) > requests / 8, 'enough requests get past the front end');
  t.true((sizes.at(-1) ?? 0) < 2 * Math.max(...sizes.slice(0, 2)) + 100_000, `the state grows: ${sizes.join(', ')}`);
  // Kept answers have 32 MiB at most; the rest is what the collector has not taken yet.
  t.true((heaps.at(-1) ?? 0) < (heaps[1] ?? 0) + 96 * 2 ** 20, `the heap grows: ${heaps.join(', ')}`);
  t.is(Object.keys({}.constructor.prototype as object).length, 0, 'nobody reached a prototype');
});
