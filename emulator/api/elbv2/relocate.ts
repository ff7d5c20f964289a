// Changes of a load balancer's place in the network: subnets, security groups, address type.
import type { LoadBalancerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import type { Input, Output, WriteContext } from './context.js';
import { findLoadBalancer } from './find.js';
import { checkIpAddressType, checkSecurityGroups, checkSourceNat, describeZones, mappingsOf, placedMappings, zonesOf, type Mapping } from './network.js';

/** A zone keeps the addresses that it has unless the call names others. */
const withAddresses = (mapping: Mapping, { AvailabilityZones }: LoadBalancerRecord): Mapping => {
  const before = AvailabilityZones.find(({ SubnetId }) => SubnetId === mapping.SubnetId);
  if (!before || mapping.AllocationId !== undefined || mapping.PrivateIPv4Address !== undefined) return mapping;
  const { AllocationId, PrivateIPv4Address } = before;
  return { ...mapping, ...(AllocationId === undefined ? {} : { AllocationId }), ...(PrivateIPv4Address === undefined ? {} : { PrivateIPv4Address }) };
};

/** Sets the whole list of subnets. */
export const SetSubnets = (context: WriteContext, input: Input<'SetSubnets'>): Output<'SetSubnets'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  const mappings = mappingsOf(input).map((mapping) => withAddresses(mapping, record));
  const placed = placedMappings(context, mappings, record.Scheme, record.LoadBalancerArn);
  checkIpAddressType(input.IpAddressType);
  checkSourceNat(input.EnablePrefixForIpv6SourceNat);
  for (const { subnet } of placed) {
    const before = record.AvailabilityZones.find(({ ZoneName }) => ZoneName === subnet.AvailabilityZone);
    if (before && before.SubnetId !== subnet.SubnetId) {
      throw validationError(`The subnet of an enabled Availability Zone cannot be changed from '${before.SubnetId}' to '${subnet.SubnetId}'; remove the zone first`);
    }
  }
  const AvailabilityZones = zonesOf(context.vpc as NonNullable<typeof context.vpc>, placed, context.octet, record.slot);
  context.tx.put('loadBalancers', record.LoadBalancerArn, { ...record, AvailabilityZones });
  return {
    AvailabilityZones: describeZones(AvailabilityZones),
    IpAddressType: record.IpAddressType,
    EnablePrefixForIpv6SourceNat: record.EnablePrefixForIpv6SourceNat,
  };
};

/** Replaces the security groups; only a load balancer that was created with some can have any. */
export const SetSecurityGroups = (context: WriteContext, input: Input<'SetSecurityGroups'>): Output<'SetSecurityGroups'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  if (!record.SecurityGroups) throw new AwsFault('InvalidConfigurationRequest', `SetSecurityGroups is not supported for load balancers of type 'network' that were created without security groups`);
  if (input.SecurityGroups.length === 0) throw validationError('At least one security group must be specified for a load balancer that was created with security groups');
  checkSecurityGroups(context, input.SecurityGroups, record.VpcId);
  const enforce = input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? record.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic;
  const enforcement = enforce === undefined ? {} : { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforce as 'on' | 'off' };
  const SecurityGroups = [...new Set(input.SecurityGroups)];
  context.tx.put('loadBalancers', record.LoadBalancerArn, { ...record, SecurityGroups, ...enforcement });
  return { SecurityGroupIds: [...SecurityGroups], ...enforcement };
};

/** ipv4 is what there is. */
export const SetIpAddressType = (context: WriteContext, input: Input<'SetIpAddressType'>): Output<'SetIpAddressType'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  checkIpAddressType(input.IpAddressType);
  return { IpAddressType: record.IpAddressType };
};
