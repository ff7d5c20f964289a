// For each operation a request that succeeds, and for each of its checks a way to spoil it: the table behind checks.test.ts.
import type { CheckOf } from '../../../emulator/api/elbv2/checks.js';
import type { ModelledName } from '../../../emulator/api/elbv2/modelled.js';
import type { LoadBalancerRecord } from '../../../emulator/state/types.js';
import { pairOf } from '../certificates.js';
import { account, createGroups, createListener, createLoadBalancer, createService, createTargetGroup, createTls, nowhere, publicSubnets, region, type World } from './fixture.js';

export type Members = Record<string, unknown>;
/** What was set up: the world, its quotas (to be changed at will), and names of what is in it. */
export type Made = { world: World; quotas: Record<string, number>; [name: string]: unknown };

export type Fault = {
  input?(made: Made, input: Members): Members;
  /** `input` adds to members instead of replacing them, so it goes together with other faults of the same member. */
  edits?: boolean;
  world?(made: Made): Promise<unknown>;
  quotas?: Record<string, number>;
  /** Checks whose faults cannot be in the same request. */
  apart?: readonly string[];
  says: RegExp;
};

type Courses = { [Op in ModelledName]: { input(made: Made): Promise<Members>; faults: Record<CheckOf<Op>, Fault> } };

const pair = await pairOf('one.example.com');
const text = (made: Made, name: string): string => String(made[name]);
const list = <T = string>(value: unknown): T[] => [...((value ?? []) as T[])];
const adding = (member: string, ...values: unknown[]) => (_made: Made, input: Members): Members => ({ [member]: [...list(input[member]), ...values] });
const partitionOf = ({ world }: Made) => world.store.partition(account, region);

const noLoadBalancer: Fault = { input: (made) => ({ LoadBalancerArn: nowhere(text(made, 'LoadBalancerArn')) }), says: /^LoadBalancerNotFound/ };
const noTargetGroup: Fault = { input: (made) => ({ TargetGroupArn: nowhere(text(made, 'TargetGroupArn')) }), says: /^TargetGroupNotFound/ };
const noListener: Fault = { input: (made) => ({ ListenerArn: nowhere(text(made, 'ListenerArn')) }), says: /^ListenerNotFound/ };
const marker: Fault = { input: () => ({ Marker: 'x' }), says: /The marker 'x' is not valid/ };
const tagFaults = {
  'tag keys': { input: adding('Tags', { Key: 'aws:x', Value: '' }), edits: true, says: /cannot start with 'aws:'/ },
  'number of tags': { input: adding('Tags', ...Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }))), edits: true, says: /^TooManyTags/ },
} satisfies Record<string, Fault>;

const service = async (made: Made) => Object.assign(made, await createService(made.world));
const balancer = async (made: Made) => Object.assign(made, { LoadBalancerArn: await createLoadBalancer(made.world) });
const tlsService = async (made: Made) => {
  const tls = await createTls(made.world, pair);
  const ListenerArn = (await tls.create({})).Listeners?.[0]?.ListenerArn ?? '';
  return Object.assign(made, { ...tls, ListenerArn, second: await tls.imported() });
};

// A listener for TCP_UDP on port 80, and what can be wrong with its groups.
const forwardTo = (arn: string): Members => ({ DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: arn }] } }] });
type ForwardAction = { ForwardConfig: { TargetGroups: object[] } };
const addingGroup = (name: string) => (made: Made, input: Members): Members => {
  const [action, ...others] = list<ForwardAction>(input['DefaultActions']);
  const TargetGroups = [...(action?.ForwardConfig.TargetGroups ?? []), { TargetGroupArn: text(made, name) }];
  return { DefaultActions: [{ ...action, ForwardConfig: { TargetGroups } }, ...others] };
};
const mixedGroup = (made: Made, name: string) => createTargetGroup(made.world, name, 'ip', 8080, 'TCP_UDP');
/** For protocols that need more than the check is about. */
const changeListener = (made: Made, arn: string, Protocol: 'TLS' | 'UDP' | 'QUIC') => partitionOf(made).update((tx) => {
  const record = tx.get('listeners', arn);
  if (record) tx.put('listeners', arn, { ...record, Protocol });
});
const open = async (made: Made, LoadBalancerArn: string, TargetGroupArn: string, Port: number) =>
  (await made.world.api.CreateListener({ LoadBalancerArn, Protocol: 'TCP_UDP', Port, DefaultActions: [{ Type: 'forward', TargetGroupArn }] })).Listeners?.[0]?.ListenerArn;

const listenerFaults = {
  protocol: { input: () => ({ Protocol: 'HTTP' }), says: /^ValidationError: Listener protocol 'HTTP' must be one of/ },
  parameters: { input: () => ({ MutualAuthentication: { Mode: 'off' } }), says: /the parameter MutualAuthentication/ },
  'SSL policy': { input: () => ({ SslPolicy: 'ELBSecurityPolicy-2016-08' }), says: /An SSL policy cannot be specifed/ },
  certificate: { input: () => ({ Certificates: [{ CertificateArn: 'x' }] }), says: /A certificate cannot be specified/ },
  'ALPN policy': { input: () => ({ AlpnPolicy: ['None'] }), says: /An ALPN policy cannot be specified/ },
  actions: { input: adding('DefaultActions', { Type: 'forward', ForwardConfig: { TargetGroups: [] } }), edits: true, says: /^TooManyActions/ },
  'target groups': { world: async (made) => Object.assign(made, { unknown: nowhere(text(made, 'TargetGroupArn')) }), input: addingGroup('unknown'), edits: true, says: /^TargetGroupNotFound/ },
  'number of target groups': { quotas: { 'target-groups-per-action-on-network-load-balancer': 0 }, says: /more than '0' target groups in an action/ },
  'protocols of target groups': {
    world: async (made) => Object.assign(made, { tcp: await createTargetGroup(made.world, 'tcp') }), input: addingGroup('tcp'), edits: true, says: /^IncompatibleProtocols/,
  },
  'VPC of target groups': {
    world: (made) => partitionOf(made).update((tx) => {
      const group = tx.get('targetGroups', text(made, 'TargetGroupArn'));
      if (group) tx.put('targetGroups', group.TargetGroupArn, { ...group, VpcId: 'vpc-other' });
    }),
    says: /is not in the VPC/,
  },
  'address type of target groups': {
    world: async (made) => {
      const { TargetGroups } = await made.world.api.CreateTargetGroup({ Name: 'six', Protocol: 'TCP_UDP', Port: 80, VpcId: made.world.vpc.VpcId, TargetType: 'ip', IpAddressType: 'ipv6' });
      Object.assign(made, { six: TargetGroups?.[0]?.TargetGroupArn });
    },
    input: addingGroup('six'), edits: true, says: /with IP address type 'ipv6' can only be used/,
  },
  'association of target groups': {
    world: async (made) => {
      const elsewhere = await mixedGroup(made, 'elsewhere');
      await open(made, await createLoadBalancer(made.world, 'other'), elsewhere, 80);
      Object.assign(made, { elsewhere });
    },
    input: addingGroup('elsewhere'), edits: true, says: /^TargetGroupAssociationLimit/,
  },
  'other listeners': {
    world: async (made) => changeListener(made, await createListener(made.world, text(made, 'LoadBalancerArn'), await createTargetGroup(made.world, 'tcp-443'), 443), 'QUIC'),
    says: /cannot be on the same load balancer/,
  },
  'quota of targets': {
    world: (made) => made.world.api.RegisterTargets({ TargetGroupArn: text(made, 'TargetGroupArn'), Targets: [{ Id: '10.42.0.10' }] }),
    quotas: { 'targets-per-network-load-balancer': 0 }, says: /^TooManyTargets/,
  },
} satisfies Record<string, Fault>;

// Subnets, as two operations take them.
const mappings = (world: World): object[] => publicSubnets(world).map((SubnetId) => ({ SubnetId }));
const privateSubnet = ({ world }: Made): string => world.vpc.subnets.find((subnet) => !subnet.public && subnet.AvailabilityZone === `${region}a`)?.SubnetId ?? '';
const first = (count: number, more: object) => (_made: Made, input: Members): Members => ({
  SubnetMappings: list<object>(input['SubnetMappings']).map((mapping, at) => (at < count ? { ...mapping, ...more } : mapping)),
});
const subnetFaults = {
  'address type': { input: () => ({ IpAddressType: 'dualstack-without-public-ipv4' }), says: /^ValidationError: IP address type/ },
  'subnets given': { input: () => ({ Subnets: ['x'] }), says: /both subnets and subnet mappings/ },
  subnets: { input: adding('SubnetMappings', { SubnetId: 'subnet-0' }), edits: true, says: /^SubnetNotFound/ },
  zones: { input: (made, input) => adding('SubnetMappings', { SubnetId: privateSubnet(made) })(made, input), edits: true, says: /multiple subnets in the same Availability Zone/ },
  'addresses given once': { input: first(2, { AllocationId: 'eipalloc-1' }), edits: true, says: /^ResourceInUse/ },
  addresses: { input: first(1, { PrivateIPv4Address: '10.42.250.1' }), edits: true, says: /is not within the subnet/ },
} satisfies Record<string, Fault>;

const changeBalancer = (made: Made, change: (record: LoadBalancerRecord) => Partial<LoadBalancerRecord>) => partitionOf(made).update((tx) => {
  const record = tx.get('loadBalancers', text(made, 'LoadBalancerArn'));
  if (record) tx.put('loadBalancers', record.LoadBalancerArn, { ...record, ...change(record) });
});
const pending: Fault = {
  world: (made) => changeBalancer(made, ({ capacity }) => ({
    capacity: { CapacityUnits: capacity?.CapacityUnits ?? 50, LastModifiedTime: made.world.clock.now(), decreases: capacity?.decreases ?? [] },
  })),
  says: /^CapacityReservationPending/,
};
const udpListener: Fault = {
  world: async (made) => open(made, text(made, 'LoadBalancerArn'), await mixedGroup(made, 'mixed'), 53), says: /require EnablePrefixForIpv6SourceNat/,
};

const healthCheckFaults = {
  'health check protocol': { input: () => ({ HealthCheckProtocol: 'UDP' }), says: /at 'healthCheckProtocol'/ },
  'health check port': { input: () => ({ HealthCheckPort: 'x' }), says: /Health check port 'x'/ },
  'health check enabled': { input: () => ({ HealthCheckEnabled: false }), says: /Health check enabled must be true/ },
  'health check gRPC code': { input: (_made, input) => ({ Matcher: { ...(input['Matcher'] as object), GrpcCode: '1' } }), edits: true, says: /A gRPC code can only/ },
  'health check path': { input: () => ({ HealthCheckPath: 'x' }), says: /must begin with '\/'/ },
  'health check codes': { input: (_made, input) => ({ Matcher: { ...(input['Matcher'] as object), HttpCode: '1' } }), edits: true, says: /matcher HTTP code '1'/ },
  'health check timeout': { input: () => ({ HealthCheckTimeoutSeconds: 120, HealthCheckIntervalSeconds: 5 }), says: /Health check timeout '120'/ },
} satisfies Record<string, Fault>;

const attributeFaults = (value: { Key: string; Value: string }) => ({
  'keys given once': { input: (_made, input) => ({ Attributes: [...list(input['Attributes']), list(input['Attributes'])[0]] }), edits: true, says: /was specified more than once/ },
  'keys known': { input: adding('Attributes', { Key: 'x', Value: '1' }), edits: true, says: /attribute key 'x' is not recognized/ },
  values: { input: adding('Attributes', value), edits: true, says: /value '.*' must be/ },
}) satisfies Record<string, Fault>;

/** Asking by ARN: too many, one that is none, one that nothing has. */
const asking = (arns: string, own: string, names = 'Names') => {
  const more = (input: Members, arn: unknown, name: unknown, count = 1): Members =>
    input[names] === undefined ? { [arns]: [...list(input[arns]), ...Array<unknown>(count).fill(arn)] } : { [names]: [...list(input[names]), ...Array<unknown>(count).fill(name)] };
  return {
    number: { input: (made: Made, input: Members) => more(input, text(made, own), 'a', 21), edits: true, says: /You cannot describe more than '20'/ },
    form: { input: (_made: Made, input: Members) => more(input, 'x', 'a_b'), edits: true, says: /'x' (is not a valid|must be in ARN)/, apart: ['names'] },
    known: { input: (made: Made, input: Members) => more(input, nowhere(text(made, own)), 'unknown'), edits: true, says: /not found/ },
  } satisfies Record<string, Fault>;
};
const listenersAsked = asking('ListenerArns', 'ListenerArn');
const balancersAsked = asking('LoadBalancerArns', 'LoadBalancerArn');
const groupsAsked = asking('TargetGroupArns', 'TargetGroupArn');
const rulesAsked = asking('RuleArns', 'RuleArn');
const resourcesAsked = asking('ResourceArns', 'LoadBalancerArn');

const oneResource = {
  'one resource': { input: adding('ResourceArns', 'again'), edits: true, says: /Only one resource/ },
  ARN: { input: () => ({ ResourceArns: ['x'] }), says: /must be in ARN format/ },
  resource: { input: (made) => ({ ResourceArns: [nowhere(text(made, 'LoadBalancerArn'))] }), says: /^LoadBalancerNotFound/ },
} satisfies Record<string, Fault>;

// Instances and addresses are never in one group.
const ofInstances = ['address ranges', 'zones', 'QUIC server ids of others', 'QUIC server ids', 'target ids'];
const asInstances = (made: Made, more: object = {}) => partitionOf(made).update((tx) => {
  const group = tx.get('targetGroups', text(made, 'TargetGroupArn'));
  if (group) tx.put('targetGroups', group.TargetGroupArn, { ...group, TargetType: 'instance', ...more });
});
const addingInstance = (id: (made: Made) => string) => (made: Made, input: Members): Members => ({
  Targets: [...list<{ Id: string }>(input['Targets']).filter(({ Id }) => Id.startsWith('i-')), { Id: id(made) }],
});
const server = '0x0123456789abcdef';

export const courses: Courses = {
  AddListenerCertificates: {
    input: async (made) => {
      const { ListenerArn, second } = await tlsService(made);
      return { ListenerArn, Certificates: [{ CertificateArn: second }] };
    },
    faults: {
      listener: noListener,
      'TLS listener': {
        world: async (made) => Object.assign(made, { plain: await createListener(made.world, text(made, 'LoadBalancerArn'), text(made, 'TargetGroupArn')) }),
        input: (made) => ({ ListenerArn: text(made, 'plain') }), says: /Certificates are not supported on listeners/,
      },
      'one certificate': { input: adding('Certificates', { CertificateArn: 'x' }), edits: true, says: /Up to '1' certificate ARNs/ },
      certificate: { input: (made) => ({ Certificates: [{ CertificateArn: text(made, 'unknown') }] }), says: /^CertificateNotFound/ },
      quota: { quotas: { 'certificates-per-network-load-balancer': 0 }, says: /The maximum number of certificates '0'/ },
    },
  },
  AddTags: {
    input: async (made) => ({ ResourceArns: [(await balancer(made)).LoadBalancerArn], Tags: [{ Key: 'a', Value: 'b' }] }),
    faults: { ...oneResource, ...tagFaults },
  },
  CreateListener: {
    input: async (made) => {
      Object.assign(await balancer(made), { TargetGroupArn: await mixedGroup(made, 'my-group') });
      return { LoadBalancerArn: made['LoadBalancerArn'], Protocol: 'TCP_UDP', Port: 80, ...forwardTo(text(made, 'TargetGroupArn')) };
    },
    faults: {
      'load balancer': noLoadBalancer,
      'protocol given': { input: () => ({ Protocol: undefined }), says: /A listener protocol must be specified/ },
      'port given': { input: () => ({ Port: undefined }), says: /A listener port must be specified/ },
      ...listenerFaults,
      ...tagFaults,
      port: { world: async (made) => createListener(made.world, text(made, 'LoadBalancerArn'), await createTargetGroup(made.world, 'first'), 80), says: /^DuplicateListener/ },
      quota: { quotas: { 'listeners-per-network-load-balancer': 0 }, says: /^TooManyListeners/ },
    },
  },
  CreateLoadBalancer: {
    input: async (made) => {
      await createGroups(made.world, 'sg-1');
      return { Name: 'new', Type: 'network', Scheme: 'internal', SecurityGroups: ['sg-1'], SubnetMappings: mappings(made.world) };
    },
    faults: {
      type: { input: () => ({ Type: 'application' }), says: /load balancers of type 'application'/ },
      name: { input: () => ({ Name: '-x' }), says: /cannot begin or end with a hyphen/ },
      parameters: { input: () => ({ CustomerOwnedIpv4Pool: 'ipv4pool-coip-1' }), says: /the parameter CustomerOwnedIpv4Pool/ },
      ...subnetFaults,
      'security groups': { input: () => ({ SecurityGroups: ['x'] }), says: /Security group 'x' is not valid/ },
      ...tagFaults,
      'same name': { world: ({ world }) => createLoadBalancer(world, 'new'), says: /^DuplicateLoadBalancerName/ },
      quota: { quotas: { 'network-load-balancers': 0 }, says: /^TooManyLoadBalancers/ },
    },
  },
  CreateTargetGroup: {
    input: async ({ world }) => ({ Name: 'new', Protocol: 'TCP', Port: 80, VpcId: world.vpc.VpcId, TargetType: 'ip', HealthCheckProtocol: 'HTTP' }),
    faults: {
      name: { input: () => ({ Name: '-x' }), says: /at 'targetGroupName'/ },
      'target type': { input: () => ({ TargetType: 'lambda' }), says: /target type 'lambda'/ },
      protocol: { input: () => ({ Protocol: undefined }), says: /A protocol must be specified/ },
      'protocol version': { input: () => ({ ProtocolVersion: 'HTTP1' }), says: /A protocol version cannot/ },
      port: { input: () => ({ Port: undefined }), says: /A port must be specified/ },
      VPC: { input: () => ({ VpcId: 'vpc-0' }), says: /The VPC ID 'vpc-0' is not found/ },
      parameters: { input: () => ({ TargetControlPort: 1 }), says: /the parameter TargetControlPort/ },
      ...healthCheckFaults,
      ...tagFaults,
      'same name': { world: ({ world }) => createTargetGroup(world, 'new'), says: /^DuplicateTargetGroupName/ },
      quota: { quotas: { 'target-groups': 0 }, says: /^TooManyTargetGroups/ },
    },
  },
  DeleteListener: { input: async (made) => ({ ListenerArn: (await service(made)).ListenerArn }), faults: { listener: noListener } },
  DeleteLoadBalancer: {
    input: async (made) => ({ LoadBalancerArn: (await balancer(made)).LoadBalancerArn }),
    faults: {
      ARN: { input: () => ({ LoadBalancerArn: 'x' }), says: /'x' is not a valid load balancer ARN/ },
      'deletion protection': { world: (made) => changeBalancer(made, () => ({ attributes: { 'deletion_protection.enabled': 'true' } })), says: /deletion protection is enabled/ },
    },
  },
  DeleteTargetGroup: {
    input: async (made) => ({ TargetGroupArn: Object.assign(made, { TargetGroupArn: await createTargetGroup(made.world) }).TargetGroupArn }),
    faults: {
      ARN: { input: () => ({ TargetGroupArn: 'x' }), says: /'x' is not a valid target group ARN/ },
      'in use': { world: async (made) => createListener(made.world, await createLoadBalancer(made.world), text(made, 'TargetGroupArn')), says: /^ResourceInUse/ },
    },
  },
  DeregisterTargets: {
    input: async (made) => ({ TargetGroupArn: (await service(made)).TargetGroupArn, Targets: [{ Id: '10.42.0.10' }] }),
    faults: { 'target group': noTargetGroup, 'targets given': { input: () => ({ Targets: [] }), says: /At least one target/ } },
  },
  DescribeAccountLimits: { input: async () => ({}), faults: { marker } },
  DescribeCapacityReservation: { input: async (made) => ({ LoadBalancerArn: (await balancer(made)).LoadBalancerArn }), faults: { 'load balancer': noLoadBalancer } },
  DescribeListenerAttributes: { input: async (made) => ({ ListenerArn: (await service(made)).ListenerArn }), faults: { listener: noListener } },
  DescribeListenerCertificates: { input: async (made) => ({ ListenerArn: (await service(made)).ListenerArn }), faults: { listener: noListener, marker } },
  DescribeListeners: {
    input: async (made) => ({ LoadBalancerArn: (await service(made)).LoadBalancerArn }),
    faults: {
      filters: { input: (made, input) => ({ LoadBalancerArn: text(made, 'LoadBalancerArn'), ...adding('ListenerArns', text(made, 'ListenerArn'))(made, input) }), edits: true, says: /at the same time/ },
      'number asked for': { ...listenersAsked.number, input: (made, input) => ({ LoadBalancerArn: undefined, ...listenersAsked.number.input(made, input) }) },
      ARNs: { ...listenersAsked.form, input: (made, input) => ({ LoadBalancerArn: undefined, ...listenersAsked.form.input(made, input) }) },
      listeners: { ...listenersAsked.known, input: (made, input) => ({ LoadBalancerArn: undefined, ...listenersAsked.known.input(made, input) }) },
      marker,
    },
  },
  DescribeLoadBalancerAttributes: { input: async (made) => ({ LoadBalancerArn: (await balancer(made)).LoadBalancerArn }), faults: { 'load balancer': noLoadBalancer } },
  DescribeLoadBalancers: {
    input: async (made) => {
      await balancer(made);
      return {};
    },
    faults: {
      filters: { input: (made, input) => ({ Names: input['Names'] ?? ['my-nlb'], LoadBalancerArns: input['LoadBalancerArns'] ?? [text(made, 'LoadBalancerArn')] }), edits: true, says: /at the same time/ },
      'number asked for': balancersAsked.number,
      ARNs: balancersAsked.form,
      names: { input: () => ({ Names: ['a_b'] }), says: /can only contain characters/, apart: ['ARNs'] },
      'load balancers': balancersAsked.known,
      marker,
    },
  },
  DescribeRules: {
    input: async (made) => {
      const { ListenerArn } = await service(made);
      const RuleArn = (await made.world.api.DescribeRules({ ListenerArn })).Rules?.[0]?.RuleArn;
      Object.assign(made, { RuleArn });
      return { ListenerArn };
    },
    faults: {
      filters: { input: (made, input) => ({ ListenerArn: text(made, 'ListenerArn'), ...adding('RuleArns', text(made, 'RuleArn'))(made, input) }), edits: true, says: /at the same time/ },
      'number asked for': { ...rulesAsked.number, input: (made, input) => ({ ListenerArn: undefined, ...rulesAsked.number.input(made, input) }) },
      ARNs: { ...rulesAsked.form, input: (made, input) => ({ ListenerArn: undefined, ...rulesAsked.form.input(made, input) }) },
      rules: { ...rulesAsked.known, input: (made, input) => ({ ListenerArn: undefined, ...rulesAsked.known.input(made, input) }) },
      marker,
    },
  },
  DescribeSSLPolicies: { input: async () => ({}), faults: { policies: { input: () => ({ Names: ['x'] }), says: /^SSLPolicyNotFound/ }, marker } },
  DescribeTags: {
    input: async (made) => ({ ResourceArns: [(await balancer(made)).LoadBalancerArn] }),
    faults: { 'number asked for': resourcesAsked.number, ARNs: resourcesAsked.form, resources: resourcesAsked.known },
  },
  DescribeTargetGroupAttributes: { input: async (made) => ({ TargetGroupArn: (await service(made)).TargetGroupArn }), faults: { 'target group': noTargetGroup } },
  DescribeTargetGroups: {
    input: async (made) => {
      await service(made);
      return {};
    },
    faults: {
      filters: { input: (made) => ({ LoadBalancerArn: text(made, 'LoadBalancerArn'), Names: ['my-group'] }), says: /at the same time/ },
      'number asked for': groupsAsked.number,
      ARNs: groupsAsked.form,
      'target groups': groupsAsked.known,
      marker,
    },
  },
  DescribeTargetHealth: {
    input: async (made) => ({ TargetGroupArn: (await service(made)).TargetGroupArn, Targets: [{ Id: '10.42.0.10' }] }),
    faults: { 'target group': noTargetGroup, 'target ids': { input: () => ({ Targets: [{ Id: 'x' }] }), says: /'x' is not a valid IPv4 address/ } },
  },
  ModifyCapacityReservation: {
    input: async (made) => ({ LoadBalancerArn: (await balancer(made)).LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits: 100 } }),
    faults: {
      'load balancer': noLoadBalancer,
      'capacity given': { input: () => ({ ResetCapacityReservation: true }), says: /when the capacity reservation is reset/ },
      'capacity units': { input: () => ({ MinimumLoadBalancerCapacity: { CapacityUnits: 0 } }), says: /Capacity units '0'/ },
      'pending reservation': pending,
      'TLS listeners': {
        world: async (made) => changeListener(made, await createListener(made.world, text(made, 'LoadBalancerArn'), await createTargetGroup(made.world)), 'TLS'),
        says: /TLS listeners/,
      },
      decreases: {
        world: (made) => changeBalancer(made, () => ({ capacity: { CapacityUnits: 1000, LastModifiedTime: -1e9, decreases: [made.world.clock.now(), made.world.clock.now()] } })),
        says: /^CapacityDecreaseRequestLimitExceeded/,
      },
    },
  },
  ModifyListener: {
    input: async (made) => {
      const { LoadBalancerArn } = await balancer(made);
      const TargetGroupArn = await mixedGroup(made, 'my-group');
      const ListenerArn = await open(made, LoadBalancerArn, TargetGroupArn, 80);
      Object.assign(made, { TargetGroupArn, ListenerArn });
      return { ListenerArn, Port: 81, ...forwardTo(TargetGroupArn) };
    },
    faults: {
      listener: noListener,
      'something given': {
        input: () => ({ Port: undefined, DefaultActions: undefined }), says: /An action must be specified/,
        apart: Object.keys(listenerFaults).filter((name) => !/other|quota|number|VPC/.test(name)),
      },
      ...listenerFaults,
      port: { world: async (made) => createListener(made.world, text(made, 'LoadBalancerArn'), await createTargetGroup(made.world, 'first'), 81), says: /^DuplicateListener/ },
    },
  },
  ModifyListenerAttributes: {
    input: async (made) => ({ ListenerArn: (await service(made)).ListenerArn, Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '60' }] }),
    faults: {
      listener: noListener,
      ...attributeFaults({ Key: 'tcp.idle_timeout.seconds', Value: '1' }),
      values: { input: () => ({ Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '1' }] }), says: /value '1' must be between/ },
      'keys supported': {
        world: (made) => changeListener(made, text(made, 'ListenerArn'), 'UDP'),
        says: /is not supported on listeners with protocol 'UDP'/,
      },
    },
  },
  ModifyLoadBalancerAttributes: {
    input: async (made) => ({ LoadBalancerArn: (await balancer(made)).LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] }),
    faults: {
      'load balancer': noLoadBalancer,
      ...attributeFaults({ Key: 'zonal_shift.config.enabled', Value: 'x' }),
      'keys supported': { input: adding('Attributes', { Key: 'ipv6.deny_all_igw_traffic', Value: 'true' }), edits: true, says: /with IP address type 'ipv4'/ },
      'access logs bucket': { input: adding('Attributes', { Key: 'access_logs.s3.enabled', Value: 'true' }), edits: true, says: /access_logs.s3.bucket/ },
    },
  },
  ModifyTargetGroup: {
    input: async (made) => ({ TargetGroupArn: (await service(made)).TargetGroupArn, HealthCheckProtocol: 'HTTP' }),
    faults: { 'target group': noTargetGroup, ...healthCheckFaults },
  },
  ModifyTargetGroupAttributes: {
    input: async (made) => {
      const TargetGroupArn = await createTargetGroup(made.world, 'udp', 'ip', 53, 'UDP');
      Object.assign(made, { TargetGroupArn });
      return { TargetGroupArn, Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }] };
    },
    faults: {
      'target group': noTargetGroup,
      ...attributeFaults({ Key: 'proxy_protocol_v2.enabled', Value: 'x' }),
      'keys supported': { input: adding('Attributes', { Key: 'target_health_state.unhealthy.draining_interval_seconds', Value: '1' }), edits: true, says: /The provided target group attribute is not supported/ },
      'health thresholds': { input: adding('Attributes', { Key: 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count', Value: '2' }), edits: true, says: /must be greater than or equal to/ },
    },
  },
  RegisterTargets: {
    input: async (made) => ({ TargetGroupArn: (await service(made)).TargetGroupArn, Targets: [{ Id: '10.42.0.10' }] }),
    faults: {
      'target group': noTargetGroup,
      'targets given': { input: () => ({ Targets: [] }), edits: true, says: /At least one target/ },
      'QUIC server ids': { input: adding('Targets', { Id: '10.42.0.11', QuicServerId: server }), edits: true, says: /A QUIC server ID cannot be specified/, apart: ['QUIC server ids of others'] },
      'target ids': { input: adding('Targets', { Id: 'x' }), edits: true, says: /'x' is not a valid IPv4 address/, apart: ['QUIC server ids of others'] },
      instances: { world: asInstances, input: addingInstance(() => 'i-00000000000000fff'), edits: true, says: /do not exist and cannot be registered/, apart: ofInstances },
      'running instances': {
        world: async (made) => {
          const [stopped] = made.world.nodes;
          if (stopped) stopped.running = false;
          await asInstances(made);
        },
        input: addingInstance(({ world }) => world.nodes[0]?.InstanceId ?? ''), edits: true, says: /not in a running state/, apart: ofInstances,
      },
      'IPv6 of instances': {
        world: (made) => asInstances(made, { IpAddressType: 'ipv6' }),
        input: addingInstance(({ world }) => world.nodes[1]?.InstanceId ?? ''), edits: true, says: /do not have a primary IPv6 address/, apart: ofInstances,
      },
      'address ranges': { input: adding('Targets', { Id: '8.8.8.8', AvailabilityZone: 'all' }), edits: true, says: /not within a valid range/, apart: ['QUIC server ids of others'] },
      zones: { input: adding('Targets', { Id: '10.9.0.1' }), edits: true, says: /is outside the VPC/, apart: ['QUIC server ids of others'] },
      'QUIC server ids of others': {
        world: async (made) => {
          const quic = await createTargetGroup(made.world, 'quic', 'ip', 443, 'QUIC');
          await made.world.api.RegisterTargets({ TargetGroupArn: quic, Targets: [{ Id: '10.42.0.9', QuicServerId: server }] });
          Object.assign(made, { TargetGroupArn: quic });
        },
        input: (made) => ({ TargetGroupArn: text(made, 'TargetGroupArn'), Targets: [{ Id: '10.42.0.10', QuicServerId: server }] }), says: /is already used by another target/,
      },
      'quota of the group': { quotas: { 'targets-per-target-group': 0 }, says: /targets per target group '0'/ },
      'quota of targets': { quotas: { 'targets-per-network-load-balancer': 0 }, says: /targets per load balancer '0'/ },
    },
  },
  RemoveListenerCertificates: {
    input: async (made) => {
      const { ListenerArn, second } = await tlsService(made);
      return { ListenerArn, Certificates: [{ CertificateArn: second }] };
    },
    faults: {
      listener: noListener,
      'TLS listener': {
        world: async (made) => Object.assign(made, { plain: await createListener(made.world, text(made, 'LoadBalancerArn'), text(made, 'TargetGroupArn')) }),
        input: (made) => ({ ListenerArn: text(made, 'plain') }), says: /Certificates are not supported on listeners/,
      },
      'one certificate': { input: adding('Certificates', { CertificateArn: 'x' }), edits: true, says: /Up to '1' certificate ARNs/ },
      'default certificate': { input: (made) => ({ Certificates: [{ CertificateArn: text(made, 'CertificateArn') }] }), says: /Default certificate cannot be removed/ },
    },
  },
  RemoveTags: { input: async (made) => ({ ResourceArns: [(await balancer(made)).LoadBalancerArn], TagKeys: ['a'] }), faults: oneResource },
  SetIpAddressType: {
    input: async (made) => ({ LoadBalancerArn: (await balancer(made)).LoadBalancerArn, IpAddressType: 'dualstack' }),
    faults: { 'load balancer': noLoadBalancer, 'address type': subnetFaults['address type'], listeners: udpListener },
  },
  SetSecurityGroups: {
    input: async (made) => {
      const SecurityGroups = await createGroups(made.world, 'sg-1');
      const { LoadBalancers } = await made.world.api.CreateLoadBalancer({ Name: 'grouped', Type: 'network', SecurityGroups, Subnets: publicSubnets(made.world) });
      const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn;
      Object.assign(made, { LoadBalancerArn });
      return { LoadBalancerArn, SecurityGroups };
    },
    faults: {
      'load balancer': noLoadBalancer,
      'created with security groups': {
        world: (made) => partitionOf(made).update((tx) => {
          const { SecurityGroups: _groups, ...record } = tx.get('loadBalancers', text(made, 'LoadBalancerArn')) as LoadBalancerRecord;
          tx.put('loadBalancers', record.LoadBalancerArn, record);
        }),
        says: /SetSecurityGroups is not supported/,
      },
      'security groups given': { input: () => ({ SecurityGroups: [] }), edits: true, says: /At least one security group/ },
      'security groups': { input: adding('SecurityGroups', 'x'), edits: true, says: /Security group 'x' is not valid/ },
    },
  },
  SetSubnets: {
    input: async (made) => {
      const { LoadBalancers } = await made.world.api.CreateLoadBalancer({ Name: 'inner', Type: 'network', Scheme: 'internal', Subnets: publicSubnets(made.world) });
      const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn;
      Object.assign(made, { LoadBalancerArn });
      return { LoadBalancerArn, IpAddressType: 'dualstack', SubnetMappings: mappings(made.world) };
    },
    faults: {
      'load balancer': noLoadBalancer,
      ...subnetFaults,
      'swapped subnets': {
        input: (made, input) => ({ SubnetMappings: [{ SubnetId: privateSubnet(made) }, ...list<object>(input['SubnetMappings']).slice(1)] }), edits: true,
        says: /cannot be changed from/, apart: ['addresses'],
      },
      'pending reservation': pending,
      listeners: udpListener,
    },
  },
};
