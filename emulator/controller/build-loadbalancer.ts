// Service -> the load balancer itself: scheme, address type, name, attributes, capacity. Pure.
import type { BuildInput, ExistingLoadBalancer, IpAddressType, Scheme, Subject } from './facts.js';
import { stackOf } from './facts.js';
import { buildSubnetMappings, sourceNat } from './build-mappings.js';
import { managedRef, type Attributes, type LoadBalancerModel } from './model.js';
import { loadBalancerName } from './names.js';
import { goInt32 } from './parse.js';
import { resourceTags } from './tags.js';

const isScheme = (value: string): value is Scheme => value === 'internal' || value === 'internet-facing';

/** Annotation, its deprecated sister, the existing load balancer, the flag: the first that speaks. */
export const buildScheme = ({ annotations, flags }: Subject, existing: ExistingLoadBalancer | undefined): Scheme => {
  const explicit = annotations.get('aws-load-balancer-scheme');
  if (explicit !== undefined) {
    if (!isScheme(explicit)) throw new Error(`unknown scheme: ${explicit}`);
    return explicit;
  }
  const internal = annotations.get('aws-load-balancer-internal');
  if (internal !== undefined) return internal ? 'internal' : 'internet-facing';
  return existing && isScheme(existing.Scheme) ? existing.Scheme : flags.defaultScheme;
};

export const buildIpAddressType = ({ annotations }: Subject): IpAddressType => {
  const value = annotations.get('aws-load-balancer-ip-address-type') ?? 'ipv4';
  if (value !== 'ipv4' && value !== 'dualstack') throw new Error(`unknown IPAddressType: ${value}`);
  return value;
};

const buildName = (subject: Subject, scheme: Scheme): string => {
  const given = subject.annotations.get('aws-load-balancer-name');
  if (given !== undefined && Buffer.byteLength(given) > 32) throw new Error('load balancer name cannot be longer than 32 characters');
  return given || loadBalancerName(subject.flags.clusterName, { ...stackOf(subject.service), uid: subject.service.metadata.uid }, scheme);
};

const routingPolicies = ['any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity'];
const routingKey = 'dns_record.client_routing_policy';

const accessLogs = ({ annotations }: Subject): Attributes => {
  if (!annotations.get('aws-load-balancer-access-log-enabled')) return {};
  const bucket = annotations.get('aws-load-balancer-access-log-s3-bucket-name');
  const prefix = annotations.get('aws-load-balancer-access-log-s3-bucket-prefix');
  return {
    'access_logs.s3.enabled': 'true',
    ...(bucket === undefined ? {} : { 'access_logs.s3.bucket': bucket }),
    ...(prefix === undefined ? {} : { 'access_logs.s3.prefix': prefix }),
  };
};

const buildAttributes = (subject: Subject): Attributes => {
  const given = subject.annotations.get('aws-load-balancer-attributes') ?? {};
  const policy = given[routingKey];
  if (policy !== undefined && !routingPolicies.includes(policy)) {
    const expected = routingPolicies.map((one) => `'${one}'`).join(', ');
    throw new Error(`invalid ${routingKey} set in annotation aws-load-balancer-attributes: got '${policy}' expected one of [${expected}]`);
  }
  const crossZone = subject.annotations.get('aws-load-balancer-cross-zone-load-balancing-enabled');
  return { ...given, ...accessLogs(subject), ...(crossZone === undefined ? {} : { 'load_balancing.cross_zone.enabled': String(crossZone) }) };
};

const buildCapacity = ({ annotations }: Subject): number | undefined => {
  const given = Object.entries(annotations.get('aws-load-balancer-minimum-load-balancer-capacity') ?? {});
  let units: number | undefined;
  for (const [key, raw] of given) {
    if (key !== 'CapacityUnits') throw new Error(`invalid key to set the capacity: ${key}, Expected key: CapacityUnits`);
    const value = goInt32(raw);
    if (typeof value === 'object') throw new Error(`invalid value to set the capacity: ${raw}: ${value.problem}`);
    units = value;
  }
  return units;
};

const privateLink = ({ annotations }: Subject): 'on' | 'off' | undefined => {
  const value = annotations.get('aws-load-balancer-inbound-sg-rules-on-private-link-traffic');
  if (value === undefined || value === 'on' || value === 'off') return value;
  throw new Error(`Invalid value for securityGroupsInboundRulesOnPrivateLink status: ${value}, value must be one of [on, off]`);
};

const securityGroupsOf = ({ facts }: BuildInput): string[] => {
  const plan = facts.securityGroups;
  if (plan.kind === 'none') return [];
  return [...(plan.kind === 'managed' ? [managedRef] : plan.ids), ...(plan.backend ? [plan.backend] : [])];
};

/** The load balancer that the Service asks for; throws what the FailedBuildModel event shows. */
export const buildLoadBalancer = (input: BuildInput): LoadBalancerModel => {
  const { facts, service } = input;
  const attributes = buildAttributes(input);
  const minimumCapacityUnits = buildCapacity(input);
  const tags = resourceTags(input, stackOf(service), 'LoadBalancer');
  const EnablePrefixForIpv6SourceNat = sourceNat(input);
  const SubnetMappings = buildSubnetMappings(input);
  const Name = buildName(input, facts.scheme);
  const enforce = privateLink(input);
  return {
    Name,
    Scheme: facts.scheme,
    IpAddressType: facts.ipAddressType,
    SubnetMappings,
    SecurityGroups: securityGroupsOf(input),
    EnablePrefixForIpv6SourceNat,
    ...(enforce ? { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforce } : {}),
    attributes,
    ...(minimumCapacityUnits === undefined ? {} : { minimumCapacityUnits }),
    tags,
  };
};
