// Elastic IP addresses: allocate, describe, release. An address of ours is one that this machine really reaches.
import type { AddressRecord, LoadBalancerRecord, Reader } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Filter, Tag } from './client.js';
import { derivedId, tagList, type Ec2Context } from './context.js';
import { byIds, filtered, notFound } from './filters.js';
import { balancerAddress, interfaceId } from './balancers.js';
import { bornTags } from './tagrules.js';

type Zone = LoadBalancerRecord['AvailabilityZones'][number];
type AllocateInput = { Domain?: string; TagSpecifications?: { ResourceType: string; Tags: Tag[] }[] };

// https://docs.aws.amazon.com/general/latest/gr/ec2-service.html: EC2-VPC Elastic IPs per region
const defaultLimit = 5;
// Load balancers take their addresses from the blocks below.
const firstBlock = 254;
const perBlock = 254;

const addressAt = (octet: number, index: number): string => `127.${octet}.${firstBlock + Math.floor(index / perBlock)}.${(index % perBlock) + 1}`;

const freeAddress = (octet: number, taken: ReadonlySet<string>): string => {
  let index = 0;
  while (taken.has(addressAt(octet, index))) index++;
  return addressAt(octet, index);
};

/** A new address; five in a region, as on AWS, unless the configuration says more. */
export const allocateAddress = (context: Ec2Context, { Domain = 'vpc', TagSpecifications }: AllocateInput): Promise<object> => {
  if (Domain !== 'vpc') throw new AwsFault('InvalidParameterValue', `Value (${Domain}) for parameter domain is invalid.`);
  const tags = bornTags('elastic-ip', TagSpecifications);
  const limit = context.quota('elastic-ips') ?? defaultLimit;
  return context.partition.update((tx) => {
    const own = [...tx.list('addresses')];
    const taken = new Set([...own, ...context.addresses()].map((one) => one.PublicIp));
    if (own.length >= limit) throw new AwsFault('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
    const AllocationId = `eipalloc-${context.newId()}`;
    const PublicIp = freeAddress(context.octet, taken);
    tx.put('addresses', AllocationId, { AllocationId, PublicIp, tags });
    return { PublicIp, AllocationId, PublicIpv4Pool: 'amazon', NetworkBorderGroup: context.partition.region, Domain: 'vpc' };
  });
};

const userOf = (read: Reader, allocation: string): { balancer: LoadBalancerRecord; zone: Zone } | undefined => {
  for (const balancer of read.list('loadBalancers')) {
    const zone = balancer.AvailabilityZones.find((one) => one.AllocationId === allocation);
    if (zone) return { balancer, zone };
  }
  return undefined;
};

const associationOf = (context: Ec2Context, { AllocationId }: AddressRecord) => {
  const user = userOf(context.partition.read, AllocationId);
  if (!user) return {};
  return {
    AssociationId: derivedId('eipassoc', AllocationId, user.balancer.LoadBalancerArn),
    NetworkInterfaceId: interfaceId(user.balancer, user.zone),
    NetworkInterfaceOwnerId: context.partition.account,
    PrivateIpAddress: balancerAddress(context, user.balancer, user.zone),
  };
};

const describe = (context: Ec2Context) => (record: AddressRecord) => ({
  AllocationId: record.AllocationId,
  PublicIp: record.PublicIp,
  Domain: 'vpc',
  PublicIpv4Pool: 'amazon',
  NetworkBorderGroup: context.partition.region,
  ...(associationOf(context, record) as { AssociationId?: string; NetworkInterfaceId?: string; PrivateIpAddress?: string }),
  Tags: tagList(record.tags),
});

const absent = notFound('AllocationID', 'allocation ID');

/** Addresses by allocation id, by address and by filter. */
export const describeAddresses = (context: Ec2Context, input: { AllocationIds?: string[]; PublicIps?: string[]; Filters?: Filter[] }) => {
  const all = [...context.partition.read.list('addresses')].map(describe(context));
  const byId = byIds(all, input.AllocationIds, (one) => one.AllocationId, absent);
  const asked = byIds(byId, input.PublicIps, (one) => one.PublicIp, (address) => new AwsFault('InvalidAddress.NotFound', `Address '${address}' not found.`));
  return {
    Addresses: filtered(asked, input.Filters, {
      'allocation-id': (one) => [one.AllocationId],
      'public-ip': (one) => [one.PublicIp],
      domain: () => ['vpc'],
      'association-id': (one) => [one.AssociationId],
      'network-interface-id': (one) => [one.NetworkInterfaceId],
      'private-ip-address': (one) => [one.PrivateIpAddress],
    }),
  };
};

/** The reverse DNS names of addresses, of which none has one; tools that manage addresses ask all the same. */
export const describeAddressesAttribute = (context: Ec2Context, { AllocationIds }: { AllocationIds?: string[] }): { Addresses: never[] } => {
  byIds([...context.partition.read.list('addresses')], AllocationIds, (one) => one.AllocationId, absent);
  return { Addresses: [] };
};

/** Gives an address back, unless a load balancer uses it. */
export const releaseAddress = (context: Ec2Context, { AllocationId }: { AllocationId: string }): Promise<{ Return: boolean }> =>
  context.partition.update((tx) => {
    const record = tx.get('addresses', AllocationId);
    if (!record) throw absent(AllocationId);
    if (userOf(tx, AllocationId)) throw new AwsFault('InvalidIPAddress.InUse', `Address ${record.PublicIp} is in use.`);
    tx.delete('addresses', AllocationId);
    return { Return: true };
  });
