// Changes of a load balancer's place in the network: subnets, security groups, address type.
import type { LoadBalancerRecord } from '../../state/types.js';
import { checkNotPending } from './capacity.js';
import type { Input, Output, WriteContext } from './context.js';
import { invalidConfiguration } from './faults.js';
import { findLoadBalancer } from './find.js';
import { addressFamily, checkFamilyChange, type Family } from './ipv6.js';
import { checkSecurityGroups, mappingsOf, placedMappings, type Mapping, type Placed } from './network.js';
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
export const SetSubnets = (context: WriteContext, input: Input<'SetSubnets'>): Output<'SetSubnets'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  const family = addressFamily(input, record);
  const mappings = mappingsOf(input).map((mapping) => withAddresses(mapping, record, family));
  const placed = placedMappings(context, mappings, { scheme: record.Scheme, own: record.LoadBalancerArn, ...family });
  checkSwapped(placed, record);
  checkNotPending(context, record);
  checkFamilyChange(context, record, family);
  const plan = { octet: context.octet, slot: record.slot, sourceNat: family.EnablePrefixForIpv6SourceNat };
  const AvailabilityZones = zonesOf(context.vpc as NonNullable<typeof context.vpc>, placed, plan);
  context.tx.put('loadBalancers', record.LoadBalancerArn, { ...record, ...family, AvailabilityZones });
  return { AvailabilityZones: describeZones(AvailabilityZones), ...family };
};

/** Replaces the security groups; only a load balancer that was created with some can have any. */
export const SetSecurityGroups = (context: WriteContext, input: Input<'SetSecurityGroups'>): Output<'SetSecurityGroups'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  if (!record.SecurityGroups) throw invalidConfiguration(`SetSecurityGroups is not supported for load balancers of type 'network'`);
  if (input.SecurityGroups.length === 0) throw unseen.lastGroupRemoved();
  checkSecurityGroups(context, input.SecurityGroups, record.VpcId);
  const enforce = input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? record.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic;
  const enforcement = enforce === undefined ? {} : { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforce as 'on' | 'off' };
  const SecurityGroups = [...new Set(input.SecurityGroups)];
  context.tx.put('loadBalancers', record.LoadBalancerArn, { ...record, SecurityGroups, ...enforcement });
  return { SecurityGroupIds: [...SecurityGroups], ...enforcement };
};

/** What goes with IPv6 goes with it, when it goes. */
const withoutIpv6 = ({ IPv6Address: _address, SourceNatIpv6Prefix: _prefix, ...zone }: Zones[number]): Zones[number] => zone;

/** Turns dual stack on or off, as far as the listeners allow. */
export const SetIpAddressType = (context: WriteContext, input: Input<'SetIpAddressType'>): Output<'SetIpAddressType'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  const family = addressFamily(input, record);
  checkFamilyChange(context, record, family);
  const AvailabilityZones = family.IpAddressType === 'ipv4' ? record.AvailabilityZones.map(withoutIpv6) : record.AvailabilityZones;
  context.tx.put('loadBalancers', record.LoadBalancerArn, { ...record, ...family, AvailabilityZones });
  return { IpAddressType: family.IpAddressType };
};
