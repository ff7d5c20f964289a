// Which subnets a load balancer gets: checks of a given list, and the choice among discovered ones. Pure.
import type { RouteTable, SubnetInfo } from '../api/ec2/client.js';
import { ipv6CidrsOf } from './build-mappings.js';
import { goList, type IpAddressType, type Scheme } from './facts.js';

const minimumFreeAddresses = 8;

const hasTag = (subnet: SubnetInfo, key: string): boolean => subnet.Tags.some(({ Key }) => Key === key);
const idsOf = (subnets: SubnetInfo[]): string[] => subnets.map(({ SubnetId }) => SubnetId);

const checkZones = (subnets: SubnetInfo[]): void => {
  const byZone = new Map<string, string[]>();
  for (const { AvailabilityZone, SubnetId } of subnets) byZone.set(AvailabilityZone, [...(byZone.get(AvailabilityZone) ?? []), SubnetId]);
  for (const [zone, ids] of byZone) {
    if (ids.length > 1) throw new Error(`multiple subnets in same Availability Zone ${zone}: ${goList(ids.sort())}`);
  }
};

/** Checks a list that the user or the existing load balancer gave. */
export const checkSubnets = (subnets: SubnetInfo[], locales: string[], ipAddressType: IpAddressType): SubnetInfo[] => {
  if (subnets.length === 0) throw new Error('unable to resolve at least one subnet');
  checkZones(subnets);
  const different = [...new Set(locales)];
  if (different.length > 1) throw new Error(`subnets in multiple locales: ${goList(different.sort())}`);
  const without = ipAddressType === 'dualstack' ? subnets.filter((subnet) => ipv6CidrsOf(subnet).length === 0) : [];
  if (without.length > 0) {
    throw new Error(`subnets ${goList(idsOf(without))} do not have an associated IPv6 CIDR block, which is required for dualstack load balancers`);
  }
  return subnets;
};

/** Ids and Name tags -> subnets in the order of the list; subnets that share a name are taken in the order of ids. */
export const orderSubnets = (wanted: string[], byId: SubnetInfo[], byName: SubnetInfo[]): SubnetInfo[] => {
  const ids = wanted.filter((one) => one.startsWith('subnet-'));
  const found = new Map(byId.map((subnet) => [subnet.SubnetId, subnet]));
  if (ids.some((id) => !found.has(id))) throw new Error(`couldn't find all subnets, want: ${goList(ids)}, found: ${goList(idsOf(byId))}`);
  const pools = new Map<string, SubnetInfo[]>();
  for (const subnet of [...byName].sort((a, b) => (a.SubnetId < b.SubnetId ? -1 : 1))) {
    const name = subnet.Tags.find(({ Key }) => Key === 'Name')?.Value ?? '';
    pools.set(name, [...(pools.get(name) ?? []), subnet]);
  }
  const names = wanted.filter((one) => !one.startsWith('subnet-'));
  const missing = [...new Set(names.filter((name) => !pools.has(name)))];
  if (missing.length > 0) throw new Error(`couldn't find all subnets, missing names: ${goList(missing)}`);
  for (const [name, pool] of pools) {
    const mentions = names.filter((one) => one === name).length;
    if (mentions > pool.length) throw new Error(`subnet with Name tag "${name}" requested ${mentions} times but only ${pool.length} subnet(s) found with that name`);
  }
  return wanted.flatMap((one) => found.get(one) ?? pools.get(one)?.shift() ?? []);
};

/** Subnets whose effective route table leads to an internet gateway are public; the scheme says which kind is wanted. */
export const reachableSubnets = (subnets: SubnetInfo[], tables: RouteTable[], scheme: Scheme): SubnetInfo[] => {
  const main = tables.find(({ Associations }) => Associations.some(({ Main }) => Main));
  const isPublic = ({ SubnetId }: SubnetInfo): boolean => {
    const table = tables.find(({ Associations }) => Associations.some((one) => one.SubnetId === SubnetId)) ?? main;
    return table?.Routes.some(({ GatewayId }) => GatewayId?.startsWith('igw')) ?? false;
  };
  return subnets.filter((subnet) => isPublic(subnet) === (scheme === 'internet-facing'));
};

type Refusals = { evaluated: number; otherCluster: number; full: number; withoutIpv6: number };

const nothingLeft = ({ evaluated, otherCluster, full, withoutIpv6 }: Refusals, ipAddressType: IpAddressType): Error =>
  new Error(ipAddressType === 'dualstack'
    ? `unable to resolve at least one subnet. Evaluated ${evaluated} subnets: ${otherCluster} are tagged for other clusters, ${full} have insufficient available IP addresses, and ${withoutIpv6} don't have an associated IPv6 CIDR block, which is required for dualstack load balancers`
    : `unable to resolve at least one subnet. Evaluated ${evaluated} subnets: ${otherCluster} are tagged for other clusters, and ${full} have insufficient available IP addresses`);

/** One subnet for each zone: of this cluster first, then by id. */
export const chooseSubnets = (candidates: SubnetInfo[], clusterName: string, ipAddressType: IpAddressType): SubnetInfo[] => {
  const clusterKey = `kubernetes.io/cluster/${clusterName}`;
  const refused: Refusals = { evaluated: candidates.length, otherCluster: 0, full: 0, withoutIpv6: 0 };
  const usable = candidates.filter((subnet) => {
    const foreign = !hasTag(subnet, clusterKey) && subnet.Tags.some(({ Key }) => Key.startsWith('kubernetes.io/cluster'));
    if (foreign) refused.otherCluster += 1;
    else if (subnet.AvailableIpAddressCount < minimumFreeAddresses) refused.full += 1;
    else if (ipAddressType === 'dualstack' && ipv6CidrsOf(subnet).length === 0) refused.withoutIpv6 += 1;
    else return true;
    return false;
  });
  if (usable.length === 0) throw nothingLeft(refused, ipAddressType);
  const rank = (subnet: SubnetInfo): string => `${hasTag(subnet, clusterKey) ? 0 : 1}${subnet.SubnetId}`;
  const chosen = new Map<string, SubnetInfo>();
  for (const subnet of [...usable].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))) {
    if (!chosen.has(subnet.AvailabilityZone)) chosen.set(subnet.AvailabilityZone, subnet);
  }
  return [...chosen.values()].sort((a, b) => (a.SubnetId < b.SubnetId ? -1 : 1));
};
