// Service port -> target group. Pure.
import type { ServicePort } from '../kube/types.js';
import { families } from './annotations.js';
import { buildHealthCheck } from './build-healthcheck.js';
import type { ListenerPort } from './build-listeners.js';
import { ownStackOf, stackOf, type BuildInput, type Subject } from './facts.js';
import type { Attributes, TargetGroupModel } from './model.js';
import { targetGroupName } from './names.js';
import { goBool } from './parse.js';
import { resourceTags } from './tags.js';

const proxyProtocolKey = 'proxy_protocol_v2.enabled';
const preserveKey = 'preserve_client_ip.enabled';

/** A named target port has no one number; AWS is told 1, as targets bring their own. */
const portNumber = ({ targetType }: Subject, port: ServicePort): number => {
  if (targetType === 'ip') return typeof port.targetPort === 'string' ? 1 : (port.targetPort ?? port.port);
  return port.nodePort ?? 0;
};

const checkTargetType = ({ service, targetType }: Subject, port: ServicePort): void => {
  if (targetType === 'ip') return;
  const { type = 'ClusterIP', allocateLoadBalancerNodePorts } = service.spec;
  if (type !== 'NodePort' && type !== 'LoadBalancer') throw new Error(`unsupported service type "${type}" for load balancer target type "instance"`);
  if (!port.nodePort && allocateLoadBalancerNodePorts === false) throw new Error('unable to support instance target type with an unallocated NodePort');
};

const perTargetGroupProxy = ({ annotations }: Subject, port: ServicePort): Attributes => {
  const list = annotations.get('aws-load-balancer-proxy-protocol-per-target-group');
  if (list === undefined) return {};
  const bad = list.find((item) => !/^[+-]?\d+$/.test(item));
  if (bad !== undefined) throw new Error(`invalid port number in proxy-protocol-per-target-group: ${bad}`);
  return { [proxyProtocolKey]: String(list.map(Number).includes(port.port)) };
};

const proxyForAll = ({ annotations }: Subject): Attributes => {
  const value = annotations.get('aws-load-balancer-proxy-protocol');
  if (value === undefined) return {};
  if (value === '*') return { [proxyProtocolKey]: 'true' };
  throw new Error(`invalid value ${value} for Load Balancer proxy protocol v2 annotation, only value currently supported is *`);
};

const buildAttributes = (subject: Subject, port: ServicePort): Attributes => {
  const own = subject.annotations.map(`${families.targetGroupAttributes}${port.port}`);
  const attributes: Attributes = {
    [proxyProtocolKey]: 'false',
    ...subject.annotations.get('aws-load-balancer-target-group-attributes'),
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== '')),
    ...perTargetGroupProxy(subject, port),
    ...proxyForAll(subject),
  };
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Whether targets see the client's own address; decides which sources the rules on targets name. */
export const preservesClientIp = (group: Pick<TargetGroupModel, 'attributes' | 'TargetType'>): boolean => {
  const raw = group.attributes[preserveKey];
  if (raw === undefined) return group.TargetType === 'instance';
  const value = goBool(raw);
  if (value === undefined) throw new Error(`failed to parse attribute ${preserveKey}=${raw}: strconv.ParseBool: parsing ${JSON.stringify(raw)}: invalid syntax`);
  return value;
};

const ipAddressType = ({ service, facts }: BuildInput): 'ipv4' | 'ipv6' => {
  if (!service.spec.ipFamilies?.includes('IPv6')) return 'ipv4';
  if (facts.ipAddressType !== 'dualstack') throw new Error('unsupported IPv6 configuration, lb not dual-stack');
  return 'ipv6';
};

const checkPort = (targetType: string, port: number): void => {
  if (port !== 0) return;
  throw new Error(targetType === 'instance'
    ? "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'"
    : 'TargetGroup port is empty. Are you using the correct service type?');
};

/** The target group behind one listener. */
export const buildTargetGroup = (input: BuildInput, { port, targetGroupProtocol }: ListenerPort): TargetGroupModel => {
  const { service, flags, targetType } = input;
  const stack = stackOf(service);
  checkTargetType(input, port);
  const Port = portNumber(input, port);
  const healthCheck = buildHealthCheck(input);
  const attributes = buildAttributes(input, port);
  preservesClientIp({ attributes, TargetType: targetType });
  checkPort(targetType, Port);
  const id = `${stack.namespace}/${stack.name}:${port.port}`;
  const named = {
    port: Port, servicePort: port.port, targetType, protocol: targetGroupProtocol,
    ...(input.owner ? { ownerUid: input.owner.metadata.uid } : {}),
    healthCheckProtocol: healthCheck.HealthCheckProtocol, healthCheckInterval: healthCheck.HealthCheckIntervalSeconds,
  };
  return {
    id,
    Name: targetGroupName(flags.clusterName, { ...stack, uid: service.metadata.uid }, named),
    TargetType: targetType,
    Protocol: targetGroupProtocol,
    Port,
    IpAddressType: ipAddressType(input),
    healthCheck,
    attributes,
    tags: resourceTags(input, ownStackOf(input), id),
  };
};
