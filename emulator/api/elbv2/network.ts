// A load balancer's place in the network: subnets, fixed addresses, security groups, and the loopback addresses of its zones.
import type { SubnetMapping } from '@aws-sdk/client-elastic-load-balancing-v2';
import ipaddr from 'ipaddr.js';
import type { IndexedReader } from '../../state/transaction.js';
import type { LoadBalancerRecord } from '../../state/types.js';
import type { Subnet, VpcView } from '../../state/vpc.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import type { Checked, Context } from './context.js';
import { invalidConfiguration, notModelled } from './faults.js';

export type SubnetInput = { Subnets?: string[] | undefined; SubnetMappings?: Checked<SubnetMapping>[] | undefined };
export type Mapping = Checked<SubnetMapping> & { SubnetId: string };
export type Zones = LoadBalancerRecord['AvailabilityZones'];

/** `Subnets` and `SubnetMappings` as one list. */
export const mappingsOf = ({ Subnets, SubnetMappings }: SubnetInput): Mapping[] => {
  if (Subnets?.length && SubnetMappings?.length) throw validationError('You cannot specify both subnets and subnet mappings');
  const mappings = SubnetMappings?.length ? SubnetMappings : (Subnets ?? []).map((SubnetId) => ({ SubnetId }));
  if (mappings.length === 0) throw validationError('At least one subnet must be specified');
  return mappings.map((mapping) => {
    if (!mapping.SubnetId) throw validationError('A subnet ID must be specified');
    return { ...mapping, SubnetId: mapping.SubnetId };
  });
};

const findSubnet = (vpc: VpcView | undefined, id: string): Subnet => {
  const subnet = vpc?.subnets.find(({ SubnetId }) => SubnetId === id);
  if (!subnet) throw new AwsFault('SubnetNotFound', `The subnet ID '${id}' does not exist`);
  return subnet;
};

const checkFixedAddress = ({ read, scheme, own }: Place, mapping: Mapping, subnet: Subnet): void => {
  const address = mapping.PrivateIPv4Address;
  if (address === undefined) return;
  if (scheme !== 'internal') throw invalidConfiguration('A private IPv4 address can only be specified for an internal load balancer');
  const inside = ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(subnet.CidrBlock));
  if (!inside) throw validationError(`The private IPv4 address '${address}' is not within the subnet '${subnet.SubnetId}'`);
  const holders = [...read.list('loadBalancers')].filter(({ AvailabilityZones }) => AvailabilityZones.some((zone) => zone.PrivateIPv4Address === address));
  if (holders.some((one) => one.LoadBalancerArn !== own)) throw invalidConfiguration(`The private IPv4 address '${address}' is already in use`);
};

type Place = Pick<Context, 'read'> & { scheme: string; own: string | undefined };

/** The Elastic IP address that a mapping names: there, and used by no other load balancer. */
const checkAllocation = ({ read, scheme, own }: Place, id: string): string => {
  if (scheme === 'internal') throw invalidConfiguration('An Elastic IP address can only be specified for an internet-facing load balancer');
  const address = read.get('addresses', id);
  if (!address) throw new AwsFault('AllocationIdNotFound', `The allocation IDs '${id}' do not exist`);
  if (read.by('loadBalancers', 'AllocationId', id).some((one) => one.LoadBalancerArn !== own)) throw new AwsFault('ResourceInUse', 'The allocation IDs are not available for use');
  return address.PublicIp;
};

const checkMapping = (place: Place, mapping: Mapping, subnet: Subnet): { IpAddress?: string } => {
  const IpAddress = mapping.AllocationId === undefined ? undefined : checkAllocation(place, mapping.AllocationId);
  checkFixedAddress(place, mapping, subnet);
  if (mapping.IPv6Address !== undefined) throw invalidConfiguration('An IPv6 address can only be specified for a load balancer with IP address type dualstack');
  if (mapping.SourceNatIpv6Prefix !== undefined) throw notModelled('the parameter SourceNatIpv6Prefix');
  return IpAddress === undefined ? {} : { IpAddress };
};

const checkTwice = (values: readonly (string | undefined)[], fault: () => AwsFault): void => {
  const given = values.filter((value) => value !== undefined);
  if (new Set(given).size < given.length) throw fault();
};

export type Placed = { mapping: Mapping; subnet: Subnet; IpAddress?: string };

/** The subnets of a request, each checked, at most one in a zone. `own` is the load balancer that may keep what it has. */
export const placedMappings = ({ read, vpc }: Pick<Context, 'read' | 'vpc'>, mappings: readonly Mapping[], scheme: string, own?: string): Placed[] => {
  const placed = mappings.map((mapping) => ({ mapping, subnet: findSubnet(vpc, mapping.SubnetId) }));
  const zones = new Set(placed.map(({ subnet }) => subnet.AvailabilityZone));
  if (zones.size < placed.length) throw invalidConfiguration('A load balancer cannot be attached to multiple subnets in the same Availability Zone');
  checkTwice(mappings.map(({ AllocationId }) => AllocationId), () => new AwsFault('ResourceInUse', 'The allocation IDs are not available for use'));
  return placed.map((one) => ({ ...one, ...checkMapping({ read, scheme, own }, one.mapping, one.subnet) }));
};

const zonesPerSlot = 8;
// 254 usable last octets in a block: .0 and .255 look like network and broadcast addresses to many tools.
const addressesPerBlock = 254;
// The last two of 256 blocks belong to Elastic IP addresses.
const blocks = 254;

/** The loopback address of one zone of the load balancer that has a slot. */
export const zoneAddress = (octet: number, slot: number, zone: number): string => {
  const number = slot * zonesPerSlot + zone;
  return `127.${octet}.${Math.floor(number / addressesPerBlock)}.${(number % addressesPerBlock) + 1}`;
};

/** The slot's last address stands for the load balancer's name. */
export const frontAddress = (octet: number, slot: number): string => zoneAddress(octet, slot, zonesPerSlot - 1);

const slots = Math.floor((blocks * addressesPerBlock) / zonesPerSlot);

/** The lowest slot that no load balancer has; a /16 of addresses has some eight thousand. */
export const freeSlot = (read: IndexedReader): number => {
  let slot = 0;
  while (read.by('loadBalancers', 'slot', String(slot)).length > 0) slot++;
  if (slot >= slots) throw new AwsFault('TooManyLoadBalancers', 'The maximum number of load balancers has been reached');
  return slot;
};

/** The zones of a record. A zone's address depends on the slot and the zone only, so it outlives a change of subnets. */
export const zonesOf = (vpc: VpcView, placed: readonly Placed[], octet: number, slot: number): Zones => {
  const names = [...new Set(vpc.subnets.map((subnet) => subnet.AvailabilityZone))].sort();
  return placed.map(({ mapping, subnet, IpAddress }) => ({
    ZoneName: subnet.AvailabilityZone,
    SubnetId: subnet.SubnetId,
    // An Elastic IP address is an address of this machine too, so it is where the zone listens.
    address: IpAddress ?? zoneAddress(octet, slot, names.indexOf(subnet.AvailabilityZone)),
    ...(mapping.AllocationId === undefined || IpAddress === undefined ? {} : { AllocationId: mapping.AllocationId, IpAddress }),
    ...(mapping.PrivateIPv4Address === undefined ? {} : { PrivateIPv4Address: mapping.PrivateIPv4Address }),
  }));
};

const listedAddresses = ({ AllocationId, IpAddress, PrivateIPv4Address }: Zones[number]) => {
  if (AllocationId !== undefined) return [{ IpAddress, AllocationId }];
  return PrivateIPv4Address === undefined ? [] : [{ PrivateIPv4Address }];
};

/** `LoadBalancerAddresses` is there even when empty: only addresses that were asked for are listed. */
export const describeZones = (zones: Zones) =>
  zones.map((zone) => ({ ZoneName: zone.ZoneName, SubnetId: zone.SubnetId, LoadBalancerAddresses: listedAddresses(zone) }));

/** Each group must look like one, exist, and lie in the VPC. */
export const checkSecurityGroups = ({ read, bornGroups }: Pick<Context, 'read' | 'bornGroups'>, groups: readonly string[], vpcId: string): void => {
  for (const id of groups) {
    if (!/^sg-[0-9a-zA-Z]+$/.test(id)) throw validationError(`Security group '${id}' is not valid`);
    const group = read.get('securityGroups', id);
    if (!group && bornGroups.includes(id)) continue;
    if (!group) throw new AwsFault('InvalidSecurityGroup', `The security group '${id}' does not exist`);
    if (group.VpcId !== vpcId) throw invalidConfiguration(`Security group '${id}' does not belong to VPC '${vpcId}'`);
  }
};

/** No subnet here has IPv6, so only ipv4 can be had. */
export const checkIpAddressType = (type: string | undefined): void => {
  if (type === undefined || type === 'ipv4') return;
  if (type === 'dualstack') throw invalidConfiguration('You must specify subnets with an associated IPv6 CIDR block for a load balancer with IP address type dualstack');
  throw validationError(`IP address type '${type}' is not supported for load balancers with type 'network'`);
};

export const checkSourceNat = (prefix: string | undefined): void => {
  if (prefix === 'on') throw invalidConfiguration('EnablePrefixForIpv6SourceNat can only be turned on for load balancers with IP address type dualstack');
};
