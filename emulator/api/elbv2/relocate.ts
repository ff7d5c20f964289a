// Changes of a load balancer's place in the network: subnets, security groups, address type.
import type { LoadBalancerRecord } from '../../state/types.js';
import { checkNotPending } from './capacity.js';
import { checked, once, type Course } from './checked.js';
import type { Input, Output, WriteContext } from './context.js';
import { invalidConfiguration } from './faults.js';
import { findLoadBalancer } from './find.js';
import { addressFamily, checkFamilyChange, type Family } from './ipv6.js';
import { checkSecurityGroups, mappingsOf, placing, type Mapping, type Placed } from './network.js';
import { unseen } from './texts.js';
import { describeZones, zonesOf, type Zones } from './zones.js';

/** A zone keeps the addresses that it has unless the call names others. */
const withAddresses = (mapping: Mapping, { AvailabilityZones }: LoadBalancerRecord, family: Family): Mapping => {
  const before = AvailabilityZones.find(({ SubnetId }) => SubnetId === mapping.SubnetId);
  if (!before) return mapping;
  const kept: Partial<Mapping> = {};
  const isNew = mapping.AllocationId !== undefined || mapping.PrivateIPv4Address !== undefined;
  if (!isNew && before.AllocationId !== undefined) kept.AllocationId = before.AllocationId;
  if (!isNew && before.PrivateIPv4Address !== undefined) kept.PrivateIPv4Address = before.PrivateIPv4Address;
  if (before.IPv6Address !== undefined && family.IpAddressType === 'dualstack') kept.IPv6Address = before.IPv6Address;
  if (before.SourceNatIpv6Prefix !== undefined && family.EnablePrefixForIpv6SourceNat === 'on') kept.SourceNatIpv6Prefix = before.SourceNatIpv6Prefix;
  return { ...kept, ...mapping };
};

/** Another subnet of a zone that is enabled must wait until the zone is not. */
const checkSwapped = (placed: readonly Placed[], { AvailabilityZones }: LoadBalancerRecord): void => {
  for (const { subnet } of placed) {
    const before = AvailabilityZones.find(({ ZoneName }) => ZoneName === subnet.AvailabilityZone);
    if (before && before.SubnetId !== subnet.SubnetId) throw unseen.subnetSwapped(before.SubnetId, subnet.SubnetId);
  }
};

/** Sets the whole list of subnets. */
export const SetSubnets = checked('SetSubnets', (context: WriteContext, input: Input<'SetSubnets'>): Course<'SetSubnets', Output<'SetSubnets'>> => {
  const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
  const family = once(() => addressFamily(input, record()));
  const mappings = once(() => mappingsOf(input).map((mapping) => withAddresses(mapping, record(), family())));
  const place = placing(context, mappings, () => ({ scheme: record().Scheme, own: record().LoadBalancerArn, ...family() }));
  return {
    checks: {
      'load balancer': record,
      'address type': family,
      ...place.checks,
      'swapped subnets': () => checkSwapped(place.placed(), record()),
      'pending reservation': () => checkNotPending(context, record()),
      listeners: () => checkFamilyChange(context, record(), family()),
    },
    act: () => {
      const plan = { octet: context.octet, slot: record().slot, sourceNat: family().EnablePrefixForIpv6SourceNat };
      const AvailabilityZones = zonesOf(context.vpc as NonNullable<typeof context.vpc>, place.placed(), plan);
      context.tx.put('loadBalancers', record().LoadBalancerArn, { ...record(), ...family(), AvailabilityZones });
      return { AvailabilityZones: describeZones(AvailabilityZones), ...family() };
    },
  };
});

const enforcementKey = 'EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic';

const enforcementOf = (input: Input<'SetSecurityGroups'>, record: LoadBalancerRecord): { [enforcementKey]?: 'on' | 'off' } => {
  const enforce = input[enforcementKey] ?? record[enforcementKey];
  return enforce === undefined ? {} : { [enforcementKey]: enforce as 'on' | 'off' };
};

const checkHasGroups = ({ SecurityGroups }: LoadBalancerRecord): void => {
  if (!SecurityGroups) throw invalidConfiguration(`SetSecurityGroups is not supported for load balancers of type 'network'`);
};

const checkGroupsGiven = ({ SecurityGroups }: Input<'SetSecurityGroups'>): void => {
  if (SecurityGroups.length === 0) throw unseen.lastGroupRemoved();
};

/** Replaces the security groups; only a load balancer that was created with some can have any. */
export const SetSecurityGroups = checked('SetSecurityGroups', (context: WriteContext, input: Input<'SetSecurityGroups'>): Course<'SetSecurityGroups', Output<'SetSecurityGroups'>> => {
  const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
  return {
    checks: {
      'load balancer': record,
      'created with security groups': () => checkHasGroups(record()),
      'security groups given': () => checkGroupsGiven(input),
      'security groups': () => checkSecurityGroups(context, input.SecurityGroups, record().VpcId),
    },
    act: () => {
      const enforcement = enforcementOf(input, record());
      const SecurityGroups = [...new Set(input.SecurityGroups)];
      context.tx.put('loadBalancers', record().LoadBalancerArn, { ...record(), SecurityGroups, ...enforcement });
      return { SecurityGroupIds: [...SecurityGroups], ...enforcement };
    },
  };
});

/** What goes with IPv6 goes with it, when it goes. */
const withoutIpv6 = ({ IPv6Address: _address, SourceNatIpv6Prefix: _prefix, ...zone }: Zones[number]): Zones[number] => zone;

/** Turns dual stack on or off, as far as the listeners allow. */
export const SetIpAddressType = checked('SetIpAddressType', (context: WriteContext, input: Input<'SetIpAddressType'>): Course<'SetIpAddressType', Output<'SetIpAddressType'>> => {
  const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
  const family = once(() => addressFamily(input, record()));
  return {
    checks: { 'load balancer': record, 'address type': family, listeners: () => checkFamilyChange(context, record(), family()) },
    act: () => {
      const { AvailabilityZones: zones } = record();
      const AvailabilityZones = family().IpAddressType === 'ipv4' ? zones.map(withoutIpv6) : zones;
      context.tx.put('loadBalancers', record().LoadBalancerArn, { ...record(), ...family(), AvailabilityZones });
      return { IpAddressType: family().IpAddressType };
    },
  };
});
