// Small in-memory ELBv2 and EC2 that write down what they are asked. For tests of the controller's call sequences only.
import { AwsFault } from '../../emulator/wire/fault.js';
import type { Ec2Api, Filter, SecurityGroup, SubnetInfo, Tag } from '../../emulator/api/ec2/client.js';
import type { Elbv2Api } from '../../emulator/api/elbv2/client.js';

type Target = { Id: string; Port: number; AvailabilityZone?: string };
type Attribute = { Key: string; Value: string };
/** The fields of all calls together: the fake trusts its caller. */
export type Input = {
  Name: string; LoadBalancerArn: string; TargetGroupArn: string; ListenerArn: string; Scheme: string; IpAddressType: string;
  LoadBalancerArns?: string[]; TargetGroupArns?: string[]; Names?: string[]; ResourceArns: string[]; TagKeys: string[];
  Tags: Tag[]; Attributes: Attribute[]; SubnetMappings: { SubnetId: string }[]; SecurityGroups: string[]; Targets: Target[];
  DefaultActions: { ForwardConfig: { TargetGroups: { TargetGroupArn: string }[] } }[]; Port: number; Protocol: string; TargetType: string;
};
export type Recorded = { op: string; input: Input };
type Item = Partial<Input> & { TargetGroupName?: string; DNSName?: string; State?: { Code: string } };

export const vpcId = 'vpc-1';
const arnBase = 'arn:aws:elasticloadbalancing:us-west-2:000000000000';

const subnet = (id: string, zone: string, cidr: string, tags: Record<string, string>): SubnetInfo => ({
  SubnetId: `subnet-${id}`, VpcId: vpcId, AvailabilityZone: `us-west-2${zone}`, AvailabilityZoneId: `usw2-az-${zone}`, CidrBlock: cidr,
  Ipv6CidrBlockAssociationSet: [{ Ipv6CidrBlock: `2001:db8:42:${cidr.split('.')[2]}::/64`, Ipv6CidrBlockState: { State: 'associated' } }],
  AvailableIpAddressCount: 100, MapPublicIpOnLaunch: false, State: 'available', OwnerId: '0', SubnetArn: `arn:${id}`,
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});

export const subnets: SubnetInfo[] = [
  subnet('pub-a', 'a', '10.42.0.0/24', { Name: 'public-a', 'kubernetes.io/role/elb': '1' }),
  subnet('pub-b', 'b', '10.42.1.0/24', { Name: 'public-b', 'kubernetes.io/role/elb': '1' }),
  subnet('priv-a', 'a', '10.42.10.0/24', { Name: 'private-a', 'kubernetes.io/role/internal-elb': '1' }),
  subnet('priv-b', 'b', '10.42.11.0/24', { Name: 'private-b', 'kubernetes.io/role/internal-elb': '1' }),
];

const nodeGroupRef = { GroupId: 'sg-nodes', GroupName: 'nodes' };
const nodeGroup = (): SecurityGroup => ({ ...nodeGroupRef, Description: 'nodes', VpcId: vpcId, OwnerId: '0', IpPermissions: [], Tags: [{ Key: 'kubernetes.io/cluster/my-cluster', Value: 'owned' }] });

const passes = (tags: Tag[], fields: Record<string, string>) => ({ Name, Values }: Filter): boolean =>
  Name.startsWith('tag:') ? tags.some(({ Key, Value }) => `tag:${Key}` === Name && Values.includes(Value)) : Values.includes(fields[Name] ?? '');

const createEc2 = (groups: Map<string, SecurityGroup>, nodes: SecurityGroup): Ec2Api => {
  const groupOf = (id: string): SecurityGroup | undefined => (id === nodes.GroupId ? nodes : groups.get(id));
  return {
  DescribeSubnets: async ({ SubnetIds, Filters = [] }) => ({
    Subnets: subnets.filter((one) => (!SubnetIds || SubnetIds.includes(one.SubnetId)) && Filters.every(passes(one.Tags, { 'vpc-id': one.VpcId }))),
  }),
  DescribeRouteTables: async () => ({ RouteTables: [] }),
  DescribeVpcs: async () => ({
    Vpcs: [{ VpcId: vpcId, CidrBlock: '10.42.0.0/16', CidrBlockAssociationSet: [{ AssociationId: 'a', CidrBlock: '10.42.0.0/16', CidrBlockState: { State: 'associated' } }], State: 'available', IsDefault: false, OwnerId: '0', Tags: [] }],
  }),
  DescribeAvailabilityZones: async ({ ZoneIds = [] }) => ({ AvailabilityZones: ZoneIds.map((ZoneId) => ({ ZoneId, ZoneName: ZoneId, ZoneType: 'availability-zone', RegionName: 'us-west-2', State: 'available' })) }),
  // Every instance there can be is a node of the cluster, with the one group of its nodes.
  DescribeInstances: async ({ InstanceIds = [] }) => ({
    Reservations: InstanceIds.map((InstanceId) => ({ Instances: [{
      InstanceId, PrivateIpAddress: '10.42.10.1', PrivateDnsName: '', VpcId: vpcId, SubnetId: 'subnet-priv-a', State: { Code: 16, Name: 'running' },
      Placement: { AvailabilityZone: 'us-west-2a' }, SecurityGroups: [nodeGroupRef], Tags: [],
      NetworkInterfaces: [{ NetworkInterfaceId: `eni-${InstanceId}`, PrivateIpAddress: '10.42.10.1', PrivateIpAddresses: [], Groups: [nodeGroupRef], Attachment: { DeviceIndex: 0 } }],
    }] })),
  }),
  DescribeNetworkInterfaces: async () => ({ NetworkInterfaces: [] }),
  DescribeSecurityGroups: async ({ GroupIds, Filters = [] }) => ({
    SecurityGroups: [nodes, ...groups.values()].filter((one) => (!GroupIds || GroupIds.includes(one.GroupId)) && Filters.every(passes(one.Tags, { 'vpc-id': one.VpcId }))),
  }),
  CreateSecurityGroup: async ({ GroupName, Description, VpcId, TagSpecifications }) => {
    const GroupId = `sg-${GroupName}`;
    groups.set(GroupId, { GroupId, GroupName, Description, VpcId, OwnerId: '0', IpPermissions: [], Tags: TagSpecifications?.[0]?.Tags ?? [] });
    return { GroupId };
  },
  DeleteSecurityGroup: async ({ GroupId }) => {
    groups.delete(GroupId);
    return {};
  },
  AuthorizeSecurityGroupIngress: async ({ GroupId, IpPermissions }) => {
    groupOf(GroupId)?.IpPermissions.push(...IpPermissions);
    return { Return: true };
  },
  RevokeSecurityGroupIngress: async ({ GroupId, IpPermissions }) => {
    const group = groupOf(GroupId);
    const gone = new Set(IpPermissions.map((one) => JSON.stringify(one)));
    if (group) group.IpPermissions = group.IpPermissions.filter((one) => !gone.has(JSON.stringify(one)));
    return { Return: true };
  },
  CreateTags: async () => ({}),
  DeleteTags: async () => ({}),
  };
};

const createElbv2 = () => {
  const loadBalancers = new Map<string, Item>();
  const targetGroups = new Map<string, Item>();
  const listeners = new Map<string, Item>();
  const targets = new Map<string, Target[]>();
  const states = new Map<string, { State: string; Reason?: string; Description?: string }>();
  const tags = new Map<string, Tag[]>();
  const attributes = new Map<string, Record<string, string>>();
  const attributesOf = (arn: string) => ({ Attributes: Object.entries(attributes.get(arn) ?? {}).map(([Key, Value]) => ({ Key, Value })) });
  const modify = (arn: string, list: Attribute[]) => {
    attributes.set(arn, { ...attributes.get(arn), ...Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])) });
    return attributesOf(arn);
  };
  const usedBy = (arn: string): boolean => [...listeners.values()].some((one) => JSON.stringify(one.DefaultActions).includes(arn));
  let id = 0;
  const api: Record<string, (input: Input) => unknown> = {
    DescribeLoadBalancers: ({ LoadBalancerArns }) => ({ LoadBalancers: [...loadBalancers.values()].filter((one) => !LoadBalancerArns || LoadBalancerArns.includes(one.LoadBalancerArn ?? '')) }),
    CreateLoadBalancer: (input) => {
      const LoadBalancerArn = `${arnBase}:loadbalancer/net/${input.Name}/${++id}`;
      const made = { ...input, LoadBalancerArn, DNSName: `${input.Name}-${id}.ELB.us-west-2.amazonaws.com`, VpcId: vpcId, State: { Code: 'active' }, AvailabilityZones: input.SubnetMappings };
      loadBalancers.set(LoadBalancerArn, made);
      tags.set(LoadBalancerArn, input.Tags);
      return { LoadBalancers: [made] };
    },
    DeleteLoadBalancer: ({ LoadBalancerArn }) => {
      loadBalancers.delete(LoadBalancerArn);
      for (const [arn, one] of listeners) if (one.LoadBalancerArn === LoadBalancerArn) listeners.delete(arn);
      return {};
    },
    SetSubnets: ({ LoadBalancerArn, SubnetMappings }) => {
      Object.assign(loadBalancers.get(LoadBalancerArn) ?? {}, { AvailabilityZones: SubnetMappings });
      return {};
    },
    SetSecurityGroups: ({ LoadBalancerArn, SecurityGroups }) => {
      Object.assign(loadBalancers.get(LoadBalancerArn) ?? {}, { SecurityGroups });
      return {};
    },
    SetIpAddressType: ({ LoadBalancerArn, IpAddressType }) => {
      Object.assign(loadBalancers.get(LoadBalancerArn) ?? {}, { IpAddressType });
      return {};
    },
    DescribeLoadBalancerAttributes: ({ LoadBalancerArn }) => attributesOf(LoadBalancerArn),
    ModifyLoadBalancerAttributes: ({ LoadBalancerArn, Attributes }) => modify(LoadBalancerArn, Attributes),
    DescribeTargetGroups: ({ TargetGroupArns, Names }) => ({
      TargetGroups: [...targetGroups.values()].filter((one) => (!TargetGroupArns || TargetGroupArns.includes(one.TargetGroupArn ?? '')) && (!Names || Names.includes(one.TargetGroupName ?? ''))),
    }),
    CreateTargetGroup: (input) => {
      const TargetGroupArn = `${arnBase}:targetgroup/${input.Name}/${++id}`;
      const made = { ...input, TargetGroupArn, TargetGroupName: input.Name };
      targetGroups.set(TargetGroupArn, made);
      tags.set(TargetGroupArn, input.Tags);
      attributes.set(TargetGroupArn, { 'proxy_protocol_v2.enabled': 'false' });
      return { TargetGroups: [made] };
    },
    ModifyTargetGroup: (input) => {
      Object.assign(targetGroups.get(input.TargetGroupArn) ?? {}, input);
      return {};
    },
    DeleteTargetGroup: ({ TargetGroupArn }) => {
      if (usedBy(TargetGroupArn)) throw new AwsFault('ResourceInUse', `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`);
      targetGroups.delete(TargetGroupArn);
      return {};
    },
    DescribeTargetGroupAttributes: ({ TargetGroupArn }) => attributesOf(TargetGroupArn),
    ModifyTargetGroupAttributes: ({ TargetGroupArn, Attributes }) => modify(TargetGroupArn, Attributes),
    DescribeListeners: ({ LoadBalancerArn }) => ({ Listeners: [...listeners.values()].filter((one) => one.LoadBalancerArn === LoadBalancerArn) }),
    CreateListener: (input) => {
      const ListenerArn = `${input.LoadBalancerArn}/${++id}`.replace(':loadbalancer/', ':listener/');
      const made = { ...input, ListenerArn };
      listeners.set(ListenerArn, made);
      tags.set(ListenerArn, input.Tags);
      return { Listeners: [made] };
    },
    ModifyListener: (input) => {
      Object.assign(listeners.get(input.ListenerArn) ?? {}, input);
      return {};
    },
    DeleteListener: ({ ListenerArn }) => {
      listeners.delete(ListenerArn);
      return {};
    },
    DescribeListenerAttributes: ({ ListenerArn }) => attributesOf(ListenerArn),
    ModifyListenerAttributes: ({ ListenerArn, Attributes }) => modify(ListenerArn, Attributes),
    DescribeListenerCertificates: () => ({ Certificates: [] }),
    DescribeRules: () => ({ Rules: [] }),
    DescribeCapacityReservation: () => ({}),
    DescribeTags: ({ ResourceArns }) => ({ TagDescriptions: ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: tags.get(ResourceArn) ?? [] })) }),
    AddTags: ({ ResourceArns, Tags }) => {
      for (const arn of ResourceArns) tags.set(arn, [...(tags.get(arn) ?? []).filter(({ Key }) => !Tags.some((one) => one.Key === Key)), ...Tags]);
      return {};
    },
    RemoveTags: ({ ResourceArns, TagKeys }) => {
      for (const arn of ResourceArns) tags.set(arn, (tags.get(arn) ?? []).filter(({ Key }) => !TagKeys.includes(Key)));
      return {};
    },
    DescribeTargetHealth: ({ TargetGroupArn }) => {
      if (!targetGroups.has(TargetGroupArn)) throw new AwsFault('TargetGroupNotFound', 'One or more target groups not found');
      return { TargetHealthDescriptions: (targets.get(TargetGroupArn) ?? []).map((Target) => ({ Target, TargetHealth: states.get(Target.Id) ?? { State: 'healthy' } })) };
    },
    RegisterTargets: ({ TargetGroupArn, Targets }) => {
      targets.set(TargetGroupArn, [...(targets.get(TargetGroupArn) ?? []), ...Targets]);
      return {};
    },
    DeregisterTargets: ({ TargetGroupArn, Targets }) => {
      const gone = new Set(Targets.map(({ Id, Port }) => `${Id}:${Port}`));
      targets.set(TargetGroupArn, (targets.get(TargetGroupArn) ?? []).filter(({ Id, Port }) => !gone.has(`${Id}:${Port}`)));
      return {};
    },
  };
  return { api: api as unknown as Elbv2Api, loadBalancers, targetGroups, listeners, targets, states, tags };
};

export type Cloud = ReturnType<typeof createCloud>;

/** Both APIs; every call is recorded. `faults` makes the next calls of an operation fail. */
export const createCloud = () => {
  const calls: Recorded[] = [];
  const faults = new Map<string, Error[]>();
  const groups = new Map<string, SecurityGroup>();
  const nodes = nodeGroup();
  let answersLost = { after: Infinity, then: () => {} };
  const elb = createElbv2();
  const recorded = <A extends object>(api: A): A =>
    new Proxy(api, {
      get: (target, op: string) => {
        const call = (target as Record<string, ((input: Input) => unknown) | undefined>)[op];
        return call && (async (input: Input) => {
          calls.push({ op, input });
          const fault = faults.get(op)?.shift();
          if (fault) throw fault;
          const answer = structuredClone(await call(input));
          if (!op.startsWith('Describe') && (answersLost.after -= 1) === 0) {
            answersLost.then();
            throw new Error('connection reset by peer');
          }
          return answer;
        });
      },
    });
  return {
    ...elb, groups, nodes, calls, faults,
    elbv2: recorded(elb.api),
    ec2: recorded(createEc2(groups, nodes)),
    /** The n-th write from now is done, but its answer never arrives. */
    loseAnswer: (n: number, then: () => void) => void (answersLost = { after: n, then }),
    /** Names of calls that change something, in order. */
    writes: (): string[] => calls.map(({ op }) => op).filter((op) => !op.startsWith('Describe')),
    inputs: (op: string): Input[] => calls.filter((one) => one.op === op).map(({ input }) => input),
  };
};
