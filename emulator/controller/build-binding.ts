// Target group -> TargetGroupBinding, with the rules that let traffic reach the targets. Pure.
import { preservesClientIp } from './build-targetgroup.js';
import type { ListenerPort } from './build-listeners.js';
import { ipv6CidrsOf } from './build-mappings.js';
import { sourceRanges } from './build-securitygroup.js';
import { ownStackOf, stackOf, type BuildInput } from './facts.js';
import { managedRef, type BindingModel, type TargetGroupModel } from './model.js';
import type { IntOrString, NetworkingPeer, NetworkingRule, ServicePort } from '../kube/types.js';

type Port = { protocol: 'TCP' | 'UDP'; port?: IntOrString };

const targetPortOf = (group: TargetGroupModel, port: ServicePort): IntOrString =>
  group.TargetType === 'instance' ? (port.nodePort ?? 0) : (port.targetPort ?? port.port);

const isDatagram = ({ Protocol }: TargetGroupModel): boolean => Protocol === 'UDP' || Protocol === 'QUIC';
const isBoth = ({ Protocol }: TargetGroupModel): boolean => Protocol === 'TCP_UDP' || Protocol === 'TCP_QUIC';

const trafficPorts = (group: TargetGroupModel, port: IntOrString): Port[] => [
  ...(isDatagram(group) || isBoth(group) ? [{ protocol: 'UDP' as const, port }] : []),
  ...(isDatagram(group) ? [] : [{ protocol: 'TCP' as const, port }]),
];

const checksTrafficPort = ({ healthCheck }: TargetGroupModel, port: IntOrString): boolean =>
  healthCheck.HealthCheckPort === 'traffic-port' || healthCheck.HealthCheckPort === String(port);

/** Ports that the load balancer's security group must reach, table 5.6 of the reference. */
const portsFromGroup = (group: TargetGroupModel, port: IntOrString): Port[] => {
  if (!checksTrafficPort(group, port)) return [...trafficPorts(group, port), { protocol: 'TCP', port: Number(group.healthCheck.HealthCheckPort) }];
  return isDatagram(group) ? [...trafficPorts(group, port), { protocol: 'TCP', port }] : trafficPorts(group, port);
};

const allPorts = (group: TargetGroupModel): Port[] => [{ protocol: 'TCP' }, ...(isDatagram(group) || isBoth(group) ? [{ protocol: 'UDP' as const }] : [])];

const peers = (cidrs: string[]): NetworkingPeer[] => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

/** Without security groups the sources are addresses: clients where their address is kept, else the load balancer's subnets. */
const rulesByCidr = (input: BuildInput, group: TargetGroupModel, port: IntOrString): NetworkingRule[] => {
  const { facts } = input;
  const v6 = group.IpAddressType === 'ipv6';
  const subnets = facts.subnets.flatMap((subnet) => (v6 ? ipv6CidrsOf(subnet) : [subnet.CidrBlock]));
  const preserved = isDatagram(group) || isBoth(group) || preservesClientIp(group);
  const given = sourceRanges(input);
  const anywhere = v6 ? '::/0' : '0.0.0.0/0';
  const usual = facts.scheme === 'internal' ? facts.vpcCidrs : [anywhere];
  const sources = !preserved ? subnets : given.length > 0 ? given : usual;
  const traffic: NetworkingRule = { from: peers(sources), ports: trafficPorts(group, port) };
  const usesDefault = given.length === 0;
  const covered =
    group.Protocol !== 'UDP' && checksTrafficPort(group, port) && (!preserved || usesDefault || sources.some((cidr) => cidr === '0.0.0.0/0' || cidr === '::/0'));
  if (covered) return [traffic];
  const healthPort = checksTrafficPort(group, port) ? port : Number(group.healthCheck.HealthCheckPort);
  return [traffic, { from: peers(subnets), ports: [{ protocol: 'TCP', port: healthPort }] }];
};

const networkingOf = (input: BuildInput, group: TargetGroupModel, port: IntOrString): NetworkingRule[] | undefined => {
  const plan = input.facts.securityGroups;
  if (plan.kind === 'none') {
    const manage = input.annotations.get('aws-load-balancer-manage-backend-security-group-rules') ?? true;
    return manage ? rulesByCidr(input, group, port) : undefined;
  }
  const source = plan.backend ?? (plan.kind === 'managed' ? managedRef : undefined);
  if (source === undefined) return undefined;
  const ports = input.flags.disableRestrictedSgRules ? allPorts(group) : portsFromGroup(group, port);
  return [{ from: [{ securityGroup: { groupID: source } }], ports }];
};

/** The binding that keeps one target group filled. */
export const buildBinding = (input: BuildInput, group: TargetGroupModel, { port }: ListenerPort): BindingModel => {
  const { service, annotations, flags } = input;
  const stack = ownStackOf(input);
  const { namespace, name } = stackOf(service);
  const labels = annotations.get('aws-load-balancer-target-node-labels');
  const ingress = networkingOf(input, group, targetPortOf(group, port));
  return {
    targetGroup: group.id,
    namespace,
    name: group.Name,
    labels: { 'service.k8s.aws/stack-namespace': stack.namespace, 'service.k8s.aws/stack-name': stack.name },
    spec: {
      targetType: group.TargetType,
      targetGroupProtocol: group.Protocol,
      serviceRef: { name, port: port.port },
      ipAddressType: group.IpAddressType,
      vpcID: flags.vpcId,
      ...(annotations.get('aws-load-balancer-multi-cluster-target-group') ? { multiClusterTargetGroup: true } : {}),
      ...(group.TargetType === 'instance' && labels ? { nodeSelector: { matchLabels: labels } } : {}),
      ...(ingress ? { networking: { ingress } } : {}),
    },
  };
};
