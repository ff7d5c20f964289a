// Load balancers of type network: create, describe, delete.
import { isDeepStrictEqual } from 'node:util';
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LoadBalancerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { checkArn, dnsName, hostedZoneId, loadBalancerArn } from './arns.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { checkDescribeLimit, loadBalancerNamesNotFound, loadBalancersNotFound, refuseUnmodelled } from './faults.js';
import { isProtected } from './loadbalancerattributes.js';
import { removeListeners } from './listeneruse.js';
import { addressFamily } from './ipv6.js';
import { isRefused } from './modelled.js';
import { checkSecurityGroups, mappingsOf, placedMappings } from './network.js';
import { pageOf } from './paging.js';
import { tagsOf } from './tags.js';
import { unseen } from './texts.js';
import { describeZones, freeSlot, frontAddress, zonesOf } from './zones.js';

type CreateInput = Input<'CreateLoadBalancer'>;

const checkType = ({ Type }: CreateInput): void => {
  // AWS's default is `application`: a call without --type network asks for an ALB.
  const type = Type ?? 'application';
  if (isRefused('loadBalancerTypes', type)) throw new AwsFault('UnsupportedOperation', `nlbox does not model load balancers of type '${type}' yet; pass the type 'network'`);
};

/** AWS complains about a name in the same words when one is described. */
const checkName = (name: string): void => {
  if (!/^[A-Za-z0-9-]*$/.test(name)) throw validationError(`The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`);
  if (name.length > 32) throw validationError(`The load balancer name '${name}' cannot be longer than '32' characters`);
};

const checkNewName = ({ Name }: CreateInput): void => {
  if (Name === '') throw unseen.nameMissing();
  checkName(Name);
  if (/^-|-$/.test(Name)) throw unseen.nameHyphen(Name);
  if (Name.startsWith('internal-')) throw unseen.nameInternal(Name);
};

/** The record that a request asks for, every part checked. */
const wantedRecord = (context: WriteContext, input: CreateInput, existing: LoadBalancerRecord | undefined): LoadBalancerRecord => {
  const { scope, vpc, octet } = context;
  const Scheme = input.Scheme ?? 'internet-facing';
  const family = addressFamily(input);
  const placed = placedMappings(context, mappingsOf(input), { scheme: Scheme, own: existing?.LoadBalancerArn, ...family });
  // A subnet was found, so there is a VPC.
  const network = vpc as NonNullable<typeof vpc>;
  checkSecurityGroups(context, input.SecurityGroups ?? [], network.VpcId);
  const hex = context.newId();
  const slot = freeSlot(context.read);
  return {
    LoadBalancerArn: loadBalancerArn(scope, input.Name, hex),
    LoadBalancerName: input.Name,
    DNSName: dnsName(scope.region, input.Name, hex),
    CanonicalHostedZoneId: hostedZoneId(scope.region),
    CreatedTime: context.now,
    Scheme,
    VpcId: network.VpcId,
    Type: 'network',
    AvailabilityZones: zonesOf(network, placed, { octet, slot, sourceNat: family.EnablePrefixForIpv6SourceNat }),
    frontAddress: frontAddress(octet, slot),
    slot,
    ...(input.SecurityGroups?.length ? { SecurityGroups: [...new Set(input.SecurityGroups)] } : {}),
    ...family,
    attributes: {},
    tags: tagsOf(input.Tags),
  };
};

/** What must be equal for a second create call to be the same call. Tags do not count. */
const settingsOf = (record: LoadBalancerRecord) => ({
  scheme: record.Scheme,
  type: record.Type,
  zones: record.AvailabilityZones.map(({ address: _address, ZoneName: _name, SourceNatIpv6Prefix: _prefix, ...zone }) => zone).sort((a, b) => (a.SubnetId < b.SubnetId ? -1 : 1)),
  groups: [...(record.SecurityGroups ?? [])].sort(),
  ipAddressType: record.IpAddressType,
  sourceNat: record.EnablePrefixForIpv6SourceNat,
});

const stateOf = ({ timing, reached }: Context, record: LoadBalancerRecord): 'active' | 'provisioning' =>
  reached(record.CreatedTime + timing.provisioning) ? 'active' : 'provisioning';

const describe = (context: Context, record: LoadBalancerRecord): LoadBalancer => ({
  LoadBalancerArn: record.LoadBalancerArn,
  DNSName: record.DNSName,
  CanonicalHostedZoneId: record.CanonicalHostedZoneId,
  CreatedTime: new Date(record.CreatedTime),
  LoadBalancerName: record.LoadBalancerName,
  Scheme: record.Scheme,
  VpcId: record.VpcId,
  State: { Code: stateOf(context, record) },
  Type: record.Type,
  AvailabilityZones: describeZones(record.AvailabilityZones),
  ...(record.SecurityGroups ? { SecurityGroups: [...record.SecurityGroups] } : {}),
  IpAddressType: record.IpAddressType,
  ...(record.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic === undefined
    ? {}
    : { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: record.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic }),
  EnablePrefixForIpv6SourceNat: record.EnablePrefixForIpv6SourceNat,
});

/** Creates a load balancer, or answers the one of that name when it has the same settings. */
export const CreateLoadBalancer = (context: WriteContext, input: CreateInput): Output<'CreateLoadBalancer'> => {
  checkType(input);
  checkNewName(input);
  refuseUnmodelled(input);
  const [existing] = context.read.by('loadBalancers', 'LoadBalancerName', input.Name);
  const record = wantedRecord(context, input, existing);
  if (existing) {
    const same = isDeepStrictEqual(settingsOf(existing), settingsOf(record));
    if (!same) throw new AwsFault('DuplicateLoadBalancerName', `A load balancer with the same name '${input.Name}' exists, but with different settings`);
    return { LoadBalancers: [describe(context, existing)] };
  }
  if (context.read.count('loadBalancers') >= context.quota('network-load-balancers')) {
    throw new AwsFault('TooManyLoadBalancers', 'The maximum number of load balancers has been reached');
  }
  context.tx.put('loadBalancers', record.LoadBalancerArn, record);
  return { LoadBalancers: [describe(context, record)] };
};

const byArns = ({ read }: Context, arns: readonly string[]): LoadBalancerRecord[] => {
  for (const arn of arns) checkArn('load balancer', arn);
  const records = [...new Set(arns)].map((arn) => read.get('loadBalancers', arn));
  if (records.includes(undefined)) throw loadBalancersNotFound();
  return records.filter((record) => record !== undefined);
};

const byNames = ({ read }: Context, names: readonly string[]): LoadBalancerRecord[] => {
  names.forEach(checkName);
  const found = [...new Set(names)].map((name) => ({ name, record: read.by('loadBalancers', 'LoadBalancerName', name)[0] }));
  const missing = found.filter(({ record }) => !record).map(({ name }) => name);
  if (missing.length > 0) throw loadBalancerNamesNotFound(missing);
  return found.map(({ record }) => record as LoadBalancerRecord);
};

/** All load balancers, or those asked for by ARN or by name, in pages. */
export const DescribeLoadBalancers = (context: Context, input: Input<'DescribeLoadBalancers'>): Output<'DescribeLoadBalancers'> => {
  const { LoadBalancerArns: arns, Names: names } = input;
  if (arns?.length && names?.length) throw unseen.namesAndArns();
  checkDescribeLimit(arns, 'load balancers');
  checkDescribeLimit(names, 'load balancers');
  const byName = names?.length ? byNames(context, names) : [...context.read.list('loadBalancers')];
  const records = arns?.length ? byArns(context, arns) : byName;
  const { items, ...rest } = pageOf(records, (record) => record.LoadBalancerArn, input, arns, names);
  return { LoadBalancers: items.map((record) => describe(context, record)), ...rest };
};

/** Deletes a load balancer with its listeners. One that is not there is deleted already. */
export const DeleteLoadBalancer = (context: WriteContext, { LoadBalancerArn: arn }: Input<'DeleteLoadBalancer'>): Output<'DeleteLoadBalancer'> => {
  checkArn('load balancer', arn);
  const record = context.read.get('loadBalancers', arn);
  if (!record) return {};
  if (isProtected(record)) throw new AwsFault('OperationNotPermitted', `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
  removeListeners(context, context.read.by('listeners', 'LoadBalancerArn', arn));
  context.tx.delete('loadBalancers', arn);
  return {};
};
