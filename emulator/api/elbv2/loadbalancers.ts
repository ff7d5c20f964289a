// Load balancers of type network: create and delete.
import { isDeepStrictEqual } from 'node:util';
import type { LoadBalancerRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import { checkArn, dnsName, hostedZoneId, loadBalancerArn } from './arns.js';
import { checked, once, type Course } from './checked.js';
import type { Input, Output, WriteContext } from './context.js';
import { refuseUnmodelled } from './faults.js';
import { isProtected } from './loadbalancerattributes.js';
import { checkName, describeBalancer } from './loadbalancerviews.js';
import { removeListeners } from './listeneruse.js';
import { addressFamily, type Family } from './ipv6.js';
import { isRefused } from './modelled.js';
import { checkSecurityGroups, mappingsOf, placing, type Placed } from './network.js';
import { tagChecks, tagsOf } from './tags.js';
import { unseen } from './texts.js';
import { freeSlot, frontAddress, zonesOf } from './zones.js';

type CreateInput = Input<'CreateLoadBalancer'>;

const checkType = ({ Type }: CreateInput): void => {
  // AWS's default is `application`: a call without --type network asks for an ALB.
  const type = Type ?? 'application';
  if (isRefused('loadBalancerTypes', type)) throw new AwsFault('UnsupportedOperation', `nlbox does not model load balancers of type '${type}' yet; pass the type 'network'`);
};

const checkNewName = ({ Name }: CreateInput): void => {
  if (Name === '') throw unseen.nameMissing();
  checkName(Name);
  if (/^-|-$/.test(Name)) throw unseen.nameHyphen(Name);
  if (Name.startsWith('internal-')) throw unseen.nameInternal(Name);
};

type Place = { scheme: LoadBalancerRecord['Scheme']; family: Family; placed: readonly Placed[]; slot: number };

/** The record that a request asks for. */
const wantedRecord = (context: WriteContext, input: CreateInput, { scheme, family, placed, slot }: Place): LoadBalancerRecord => {
  const { scope, vpc, octet } = context;
  // A subnet was found, so there is a VPC.
  const network = vpc as NonNullable<typeof vpc>;
  const hex = context.newId();
  return {
    LoadBalancerArn: loadBalancerArn(scope, input.Name, hex),
    LoadBalancerName: input.Name,
    DNSName: dnsName(scope.region, input.Name, hex),
    CanonicalHostedZoneId: hostedZoneId(scope.region),
    CreatedTime: context.now,
    Scheme: scheme,
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

const checkSame = (existing: LoadBalancerRecord | undefined, wanted: () => LoadBalancerRecord): void => {
  if (!existing || isDeepStrictEqual(settingsOf(existing), settingsOf(wanted()))) return;
  throw new AwsFault('DuplicateLoadBalancerName', `A load balancer with the same name '${existing.LoadBalancerName}' exists, but with different settings`);
};

/** The place for one more. */
const newSlot = ({ read, quota, places }: WriteContext): number => {
  if (read.count('loadBalancers') >= quota('network-load-balancers')) throw new AwsFault('TooManyLoadBalancers', 'The maximum number of load balancers has been reached');
  const slot = freeSlot(places.taken());
  places.claim(slot);
  return slot;
};

type CreateCourse = Course<'CreateLoadBalancer', Output<'CreateLoadBalancer'>>;

/** Creates a load balancer, or answers the one of that name when it has the same settings. */
export const CreateLoadBalancer = checked('CreateLoadBalancer', (context: WriteContext, input: CreateInput): CreateCourse => {
  const { Name, Scheme: scheme = 'internet-facing', SecurityGroups: groups = [] } = input;
  const [existing] = context.read.by('loadBalancers', 'LoadBalancerName', Name);
  const family = once(() => addressFamily(input));
  const place = placing(context, once(() => mappingsOf(input)), () => ({ scheme, own: existing?.LoadBalancerArn, ...family() }));
  const slot = once(() => existing?.slot ?? newSlot(context));
  const wanted = once(() => wantedRecord(context, input, { scheme, family: family(), placed: place.placed(), slot: slot() }));
  return {
    checks: {
      type: () => checkType(input),
      name: () => checkNewName(input),
      parameters: () => refuseUnmodelled(input),
      'address type': family,
      ...place.checks,
      'security groups': () => checkSecurityGroups(context, groups, context.vpc?.VpcId ?? ''),
      ...tagChecks(input.Tags),
      'same name': () => checkSame(existing, wanted),
      quota: slot,
    },
    act: () => {
      if (!existing) context.tx.put('loadBalancers', wanted().LoadBalancerArn, wanted());
      return { LoadBalancers: [describeBalancer(context, existing ?? wanted())] };
    },
  };
});

const checkProtection = (record: LoadBalancerRecord | undefined): void => {
  if (!record || !isProtected(record)) return;
  throw new AwsFault('OperationNotPermitted', `Load balancer '${record.LoadBalancerArn}' cannot be deleted because deletion protection is enabled`);
};

type DeleteCourse = Course<'DeleteLoadBalancer', Output<'DeleteLoadBalancer'>>;

/** Deletes a load balancer with its listeners. One that is not there is deleted already. */
export const DeleteLoadBalancer = checked('DeleteLoadBalancer', ({ read, ...context }: WriteContext, { LoadBalancerArn: arn }: Input<'DeleteLoadBalancer'>): DeleteCourse => ({
  checks: {
    ARN: () => checkArn('load balancer', arn),
    'deletion protection': () => checkProtection(read.get('loadBalancers', arn)),
  },
  act: () => {
    removeListeners({ read, ...context }, read.by('listeners', 'LoadBalancerArn', arn));
    context.tx.delete('loadBalancers', arn);
    return {};
  },
}));
