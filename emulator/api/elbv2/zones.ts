// The zones of a load balancer: the loopback addresses that they listen on, what is stored of them, and how they are described.
import ipaddr from 'ipaddr.js';
import type { LoadBalancerRecord } from '../../state/types.js';
import type { Subnet, VpcView } from '../../state/vpc.js';
import { AwsFault } from '../../wire/fault.js';
import type { Placed } from './network.js';

export type Zones = LoadBalancerRecord['AvailabilityZones'];

const zonesPerSlot = 8;
// 254 usable last octets in a block: .0 and .255 look like network and broadcast addresses to many tools.
const addressesPerBlock = 254;
// The last two of 256 blocks belong to Elastic IP addresses.
const blocks = 254;

/** The loopback address of one zone of the load balancer that has a slot. */
const zoneAddress = (octet: number, slot: number, zone: number): string => {
  const number = slot * zonesPerSlot + zone;
  return `127.${octet}.${Math.floor(number / addressesPerBlock)}.${(number % addressesPerBlock) + 1}`;
};

/** The slot's last address stands for the load balancer's name. */
export const frontAddress = (octet: number, slot: number): string => zoneAddress(octet, slot, zonesPerSlot - 1);

const slots = Math.floor((blocks * addressesPerBlock) / zonesPerSlot);

/** The lowest slot that no load balancer has; a /16 of addresses has some eight thousand. */
export const freeSlot = (takenSlots: Iterable<number>): number => {
  const taken = new Set(takenSlots);
  let slot = 0;
  while (taken.has(slot)) slot++;
  if (slot >= slots) throw new AwsFault('TooManyLoadBalancers', 'The maximum number of load balancers has been reached');
  return slot;
};

/** A /80 of the subnet's /64 for each slot, the first one left to the subnet itself. */
const assignedPrefix = ({ Ipv6CidrBlock }: Subnet, slot: number): string => {
  const parts = [...ipaddr.IPv6.parseCIDR(Ipv6CidrBlock)[0].parts];
  parts[4] = slot + 1;
  return `${new ipaddr.IPv6(parts).toString()}/80`;
};

const sourceNatOf = ({ mapping: { SourceNatIpv6Prefix: given }, subnet }: Placed, slot: number): string =>
  given === undefined || given === 'auto_assigned' ? assignedPrefix(subnet, slot) : given;

export type ZonePlan = { octet: number; slot: number; sourceNat: 'on' | 'off' };

/** The zones of a record. A zone's address depends on the slot and the zone only, so it outlives a change of subnets. */
export const zonesOf = (vpc: VpcView, placed: readonly Placed[], { octet, slot, sourceNat }: ZonePlan): Zones => {
  const names = [...new Set(vpc.subnets.map((subnet) => subnet.AvailabilityZone))].sort();
  return placed.map((one) => {
    const { mapping: { AllocationId, PrivateIPv4Address, IPv6Address }, subnet, IpAddress } = one;
    return {
      ZoneName: subnet.AvailabilityZone,
      SubnetId: subnet.SubnetId,
      // An Elastic IP address is an address of this machine too, so it is where the zone listens.
      address: IpAddress ?? zoneAddress(octet, slot, names.indexOf(subnet.AvailabilityZone)),
      ...(AllocationId === undefined || IpAddress === undefined ? {} : { AllocationId, IpAddress }),
      ...(PrivateIPv4Address === undefined ? {} : { PrivateIPv4Address }),
      ...(IPv6Address === undefined ? {} : { IPv6Address }),
      ...(sourceNat === 'on' ? { SourceNatIpv6Prefix: sourceNatOf(one, slot) } : {}),
    };
  });
};

const listedAddresses = ({ AllocationId, IpAddress, PrivateIPv4Address, IPv6Address }: Zones[number]) => {
  const v4 = AllocationId === undefined ? (PrivateIPv4Address === undefined ? {} : { PrivateIPv4Address }) : { IpAddress, AllocationId };
  const address = { ...v4, ...(IPv6Address === undefined ? {} : { IPv6Address }) };
  return Object.keys(address).length === 0 ? [] : [address];
};

/** `LoadBalancerAddresses` is there even when empty: only addresses that were asked for are listed. */
export const describeZones = (zones: Zones) =>
  zones.map((zone) => ({
    ZoneName: zone.ZoneName,
    SubnetId: zone.SubnetId,
    LoadBalancerAddresses: listedAddresses(zone),
    ...(zone.SourceNatIpv6Prefix === undefined ? {} : { SourceNatIpv6Prefixes: [zone.SourceNatIpv6Prefix] }),
  }));
