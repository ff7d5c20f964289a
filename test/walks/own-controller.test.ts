// Somebody else's controller in place of ours: the calls that the AWS Load Balancer Controller makes for a Service from its
// creation to its end, as Go writes them, in its order, and of the answers all that it cannot do without.
import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { eventually, missingTool, startNlbox, type Run } from '../support/nlbox.js';
import { goClient, type Input, type Xml } from './go-client.js';

type Client = ReturnType<typeof goClient>;

const missing = missingTool('kubectl', 'curl');
const title = 'the definitions of its chart, a Service from creation to deletion, and a request through what it made';

const tags = (resource: string): Input[] =>
  Object.entries({ 'elbv2.k8s.aws/cluster': 'eks-workshop', 'service.k8s.aws/resource': resource, 'service.k8s.aws/stack': 'default/web' }).map(([Key, Value]) => ({ Key, Value }));
const filter = (Name: string, ...Value: string[]): Input => ({ Name, Value });
const field = (name: string) => (one: Xml): string => one.of(name).text;

const hasAll = (t: ExecutionContext, what: Xml, ...names: string[]): void => void t.deepEqual(names.filter((name) => what.of(name).text === ''), []);

const binding = (targetGroupARN: string, groupID: string): object => ({
  apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'TargetGroupBinding',
  metadata: { name: 'k8s-default-web-0123456789', labels: { 'service.k8s.aws/stack-name': 'web', 'service.k8s.aws/stack-namespace': 'default' }, finalizers: ['elbv2.k8s.aws/resources'] },
  spec: { targetGroupARN, targetType: 'ip', targetGroupProtocol: 'TCP', ipAddressType: 'ipv4', serviceRef: { name: 'web', port: 80 }, networking: { ingress: [{ from: [{ securityGroup: { groupID } }], ports: [{ protocol: 'TCP', port: 80 }] }] } },
});

/** What it watches from its start, and the pods behind the Service. */
const prepare = async (t: ExecutionContext, run: Run): Promise<string[]> => {
  await run.sh(`kubectl apply -f ${path.resolve('test/walks/controller-crds.yaml')} && kubectl wait --for condition=established crd/targetgroupbindings.elbv2.k8s.aws crd/ingressclassparams.elbv2.k8s.aws --timeout=20s`);
  t.regex(await run.sh('kubectl get ingressclassparams,targetgroupbindings -A 2>&1'), /No resources found/);
  t.regex(await run.sh('kubectl get --raw /apis/elbv2.k8s.aws/v1alpha1/targetgroupbindings'), /"apiVersion":"elbv2.k8s.aws\/v1alpha1"/);
  t.regex((await run.try('kubectl get --raw /apis/gateway.networking.k8s.io/v1')).stderr, /NotFound/);
  await run.sh('kubectl create deployment web --image=nginx --replicas=2 && kubectl rollout status deployment/web --timeout=60s');
  await run.sh(`kubectl create -f - <<<'${JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb', selector: { app: 'web' }, ports: [{ port: 80 }] } })}'`);
  return (await run.sh("kubectl get pods -l app=web -o jsonpath='{.items[*].status.podIP}'")).split(' ');
};

/** The reads of a build, and the subnets that it finds. */
const build = async (t: ExecutionContext, { elb, ec2 }: Client): Promise<{ VpcId: string; subnets: string[] }> => {
  const [vpc] = (await ec2('DescribeVpcs')).of('vpcSet').items;
  t.is(vpc?.of('cidrBlockAssociationSet').items[0]?.of('cidrBlockState').of('state').text, 'associated');
  const VpcId = vpc?.of('vpcId').text ?? '';
  t.deepEqual((await elb('DescribeLoadBalancers')).of('LoadBalancers').items, []);
  const found = (await ec2('DescribeSubnets', { Filter: [filter('tag:kubernetes.io/role/elb', '', '1'), filter('vpc-id', VpcId)] })).of('subnetSet').items;
  t.is(found.length, 3);
  for (const subnet of found) {
    hasAll(t, subnet, 'subnetId', 'vpcId', 'cidrBlock', 'availabilityZone', 'availabilityZoneId');
    t.true(Number(subnet.of('availableIpAddressCount').text) >= 8);
  }
  const [zone] = (await ec2('DescribeAvailabilityZones', { ZoneId: [field('availabilityZoneId')(found[0]!)] })).of('availabilityZoneInfo').items;
  t.is(zone?.of('zoneType').text, 'availability-zone');
  const shared = [filter('vpc-id', VpcId), filter('tag:elbv2.k8s.aws/cluster', 'eks-workshop'), filter('tag:elbv2.k8s.aws/resource', 'backend-sg')];
  t.deepEqual((await ec2('DescribeSecurityGroups', { Filter: shared })).of('securityGroupInfo').items, []);
  return { VpcId, subnets: found.map(field('subnetId')) };
};

const makeSecurityGroups = async ({ ec2 }: Client, VpcId: string): Promise<[managed: string, backend: string]> => {
  const group = async (GroupName: string, resource: string): Promise<string> =>
    (await ec2('CreateSecurityGroup', { GroupName, GroupDescription: '[k8s] group', VpcId, TagSpecification: [{ ResourceType: 'security-group', Tag: tags(resource) }] })).of('groupId').text;
  const [managed, backend] = [await group('k8s-default-web-aaaaaaaaaa', 'ManagedLBSecurityGroup'), await group('k8s-traffic-eksworkshop-bbbbbbbbbb', 'backend')];
  await ec2('AuthorizeSecurityGroupIngress', { GroupId: managed, IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: '' }] }] });
  return [managed, backend];
};

const makeTargetGroup = async (t: ExecutionContext, { elb }: Client, VpcId: string): Promise<string> => {
  const [made] = (await elb('CreateTargetGroup', {
    HealthCheckEnabled: true, HealthCheckIntervalSeconds: 10, HealthCheckPort: 'traffic-port', HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10, HealthyThresholdCount: 3,
    Name: 'k8s-default-web-0123456789', Port: 80, Protocol: 'TCP', Tags: tags('default/web:80'), TargetType: 'ip', UnhealthyThresholdCount: 3, VpcId,
  })).of('TargetGroups').items;
  hasAll(t, made!, 'VpcId', 'TargetType', 'Protocol', 'Port', 'IpAddressType', 'HealthCheckProtocol', 'HealthCheckPort', 'HealthCheckIntervalSeconds', 'HealthCheckTimeoutSeconds', 'HealthCheckEnabled', 'HealthyThresholdCount', 'UnhealthyThresholdCount');
  t.false(made?.has('ProtocolVersion'));
  const TargetGroupArn = made?.of('TargetGroupArn').text ?? '';
  const attributes = (await elb('DescribeTargetGroupAttributes', { TargetGroupArn })).of('Attributes').items.map((one) => `${field('Key')(one)}=${field('Value')(one)}`);
  t.true(attributes.includes('proxy_protocol_v2.enabled=false'));
  return TargetGroupArn;
};

/** A load balancer with its listener; the answers are the ARNs. */
const makeLoadBalancer = async ({ elb }: Client, { Name, Scheme, SecurityGroups, subnets, TargetGroupArn }: { Name: string; Scheme: string; SecurityGroups: string[]; subnets: string[]; TargetGroupArn: string }) => {
  const made = await elb('CreateLoadBalancer', { EnablePrefixForIpv6SourceNat: 'off', IpAddressType: 'ipv4', Name, Scheme, SecurityGroups, SubnetMappings: subnets.map((SubnetId) => ({ SubnetId })), Tags: tags('LoadBalancer'), Type: 'network' });
  const LoadBalancerArn = made.of('LoadBalancers').items[0]?.of('LoadBalancerArn').text ?? '';
  await elb('DescribeLoadBalancerAttributes', { LoadBalancerArn });
  const listener = await elb('CreateListener', { DefaultActions: [{ ForwardConfig: { TargetGroups: [{ TargetGroupArn }] }, Order: 1, Type: 'forward' }], LoadBalancerArn, Port: 80, Protocol: 'TCP', Tags: tags('80') });
  const ListenerArn = listener.of('Listeners').items[0]?.of('ListenerArn').text ?? '';
  await elb('DescribeListenerAttributes', { ListenerArn });
  return { LoadBalancerArn, ListenerArn };
};

/** The rule that lets the load balancer reach a node, and whether it is kept as written. */
const openNode = async (t: ExecutionContext, run: Run, { ec2 }: Client, backend: string): Promise<Input> => {
  const [provider = ''] = (await run.sh("kubectl get nodes -o jsonpath='{.items[*].spec.providerID}'")).split(' ');
  const [machine] = (await ec2('DescribeInstances', { InstanceId: [provider.split('/').at(-1) ?? ''] })).of('reservationSet').items[0]?.of('instancesSet').items ?? [];
  const primary = machine?.of('networkInterfaceSet').items.find((one) => one.of('attachment').of('deviceIndex').text === '0');
  const GroupId = primary?.of('groupSet').items[0]?.of('groupId').text ?? '';
  const rule = { GroupId, IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, Groups: [{ GroupId: backend, Description: 'elbv2.k8s.aws/targetGroupBinding=shared' }] }] };
  await ec2('AuthorizeSecurityGroupIngress', rule);
  const [group] = (await ec2('DescribeSecurityGroups', { GroupId: [GroupId] })).of('securityGroupInfo').items;
  const pairs = group?.of('ipPermissions').items.flatMap((one) => one.of('groups').items) ?? [];
  t.true(pairs.some((one) => field('groupId')(one) === backend && field('description')(one) === 'elbv2.k8s.aws/targetGroupBinding=shared'));
  return rule;
};

/** What each later pass reads: nothing of it may look different from what was asked. */
const checkSettled = async (t: ExecutionContext, { elb }: Client, arns: { LoadBalancerArn: string; ListenerArn: string; TargetGroupArn: string }, wanted: { VpcId: string; SecurityGroups: string[]; subnets: string[] }): Promise<string> => {
  const { LoadBalancerArn, ListenerArn, TargetGroupArn } = arns;
  const seen = (await elb('DescribeLoadBalancers', { LoadBalancerArns: [LoadBalancerArn] })).of('LoadBalancers').items[0]!;
  t.deepEqual(['VpcId', 'Type', 'Scheme', 'IpAddressType', 'EnablePrefixForIpv6SourceNat'].map((name) => seen.of(name).text), [wanted.VpcId, 'network', 'internet-facing', 'ipv4', 'off']);
  t.is(seen.of('State').of('Code').text, 'active');
  t.deepEqual(seen.of('SecurityGroups').items.map(({ text }) => text).sort(), [...wanted.SecurityGroups].sort());
  t.deepEqual(seen.of('AvailabilityZones').items.map(field('SubnetId')).sort(), [...wanted.subnets].sort());
  t.false(seen.has('IpamPools'));
  const capacity = await elb('DescribeCapacityReservation', { LoadBalancerArn });
  t.false(capacity.has('CapacityReservationState') || capacity.has('MinimumLoadBalancerCapacity'));
  const listener = (await elb('DescribeListeners', { LoadBalancerArn })).of('Listeners').items[0]!;
  t.deepEqual([field('Port')(listener), field('Protocol')(listener), listener.has('SslPolicy'), listener.has('AlpnPolicy')], ['80', 'TCP', false, false]);
  const [action] = listener.of('DefaultActions').items;
  t.deepEqual([action?.of('Type').text, action?.of('ForwardConfig').of('TargetGroups').items.map(field('TargetGroupArn'))], ['forward', [TargetGroupArn]]);
  const rules = (await elb('DescribeRules', { ListenerArn })).of('Rules').items;
  t.deepEqual(rules.map((one) => `${field('IsDefault')(one)} ${field('Priority')(one)}`), ['true default']);
  t.is((await elb('DescribeTags', { ResourceArns: rules.map(field('RuleArn')) })).of('TagDescriptions').items.length, 1);
  t.is((await elb('DescribeTags', { ResourceArns: [LoadBalancerArn] })).of('TagDescriptions').items[0]?.of('Tags').items.length, 3);
  const [absent] = (await elb('DescribeTargetHealth', { TargetGroupArn, Targets: [{ Id: '10.42.0.9', Port: 80 }] })).of('TargetHealthDescriptions').items;
  t.deepEqual([absent?.of('TargetHealth').of('State').text, absent?.of('TargetHealth').of('Reason').text], ['unused', 'Target.NotRegistered']);
  return seen.of('DNSName').text;
};

(missing ? test.skip : test)(missing ? `${title} (skipped: ${missing} is not installed)` : title, async (t: ExecutionContext) => {
  t.timeout(240_000);
  const run = await startNlbox(t, '--controller', 'none', '--timing', 'instant');
  const client = goClient(run.env['AWS_ENDPOINT_URL'] ?? '');
  const { elb, ec2 } = client;
  const pods = await prepare(t, run);
  const { VpcId, subnets } = await build(t, client);

  const SecurityGroups = await makeSecurityGroups(client, VpcId);
  const [managed, backend] = SecurityGroups;
  const TargetGroupArn = await makeTargetGroup(t, client, VpcId);
  const first = await makeLoadBalancer(client, { Name: 'k8s-default-web-cccccccccc', Scheme: 'internet-facing', SecurityGroups, subnets, TargetGroupArn });
  fs.writeFileSync(path.join(run.home, 'tgb.json'), JSON.stringify(binding(TargetGroupArn, backend)));
  await run.sh(`kubectl create -f ${run.home}/tgb.json`);
  t.regex(await run.sh('kubectl get targetgroupbindings -o wide'), /SERVICE-NAME +SERVICE-PORT +TARGET-TYPE +ARN +AGE\s+\S+ +web +80 +ip +arn:aws/);
  const rule = await openNode(t, run, client, backend);
  await elb('RegisterTargets', { TargetGroupArn, Targets: pods.map((Id) => ({ Id, Port: 80 })) });

  const name = await checkSettled(t, client, { ...first, TargetGroupArn }, { VpcId, SecurityGroups, subnets });
  await run.sh(`kubectl patch service web --subresource status --type merge -p '{"status":{"loadBalancer":{"ingress":[{"hostname":"${name}","ports":[{"port":80,"protocol":"TCP"}]}]}}}'`);
  await eventually(async () => (await elb('DescribeTargetHealth', { TargetGroupArn })).of('TargetHealthDescriptions').items.map((one) => one.of('TargetHealth').of('State').text), (states) => states.join() === 'healthy,healthy');
  t.is(await run.sh("curl -s -o /dev/null -w '%{http_code}' http://$(kubectl get service web -o jsonpath='{.status.loadBalancer.ingress[0].hostname}')"), '200');
  t.regex(await run.nlbox('timeline', 'default/web'), /RegisterTargets.*\(over HTTP\)/);

  // Scale, settings, tags, another scheme.
  await elb('DeregisterTargets', { TargetGroupArn, Targets: [{ Id: pods[0] ?? '', Port: 80 }] });
  await elb('ModifyTargetGroup', { TargetGroupArn, HealthCheckEnabled: true, HealthCheckIntervalSeconds: 20, HealthCheckPort: 'traffic-port', HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10, HealthyThresholdCount: 3, UnhealthyThresholdCount: 3 });
  await elb('ModifyLoadBalancerAttributes', { LoadBalancerArn: first.LoadBalancerArn, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] });
  await elb('AddTags', { ResourceArns: [first.LoadBalancerArn], Tags: [{ Key: 'env', Value: 'dev' }] });
  await elb('RemoveTags', { ResourceArns: [first.LoadBalancerArn], TagKeys: ['env'] });
  await elb('DeleteLoadBalancer', { LoadBalancerArn: first.LoadBalancerArn });
  const second = await makeLoadBalancer(client, { Name: 'k8s-default-web-dddddddddd', Scheme: 'internal', SecurityGroups, subnets, TargetGroupArn });

  // Deletion: load balancer, targets, rules, binding, groups.
  await elb('DeleteLoadBalancer', { LoadBalancerArn: second.LoadBalancerArn });
  await elb('DeregisterTargets', { TargetGroupArn, Targets: [{ Id: pods[1] ?? '', Port: 80 }] });
  await ec2('RevokeSecurityGroupIngress', rule);
  await run.sh(`kubectl delete -f ${run.home}/tgb.json --wait=false && kubectl patch targetgroupbinding k8s-default-web-0123456789 --type merge -p '{"metadata":{"finalizers":null}}'`);
  await elb('DeleteTargetGroup', { TargetGroupArn });
  for (const GroupId of [managed, backend]) await ec2('DeleteSecurityGroup', { GroupId });
  t.deepEqual((await elb('DescribeTargetGroups')).of('TargetGroups').items, []);
});
