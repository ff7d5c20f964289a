// A load balancer's place in the network: subnets, fixed addresses, security groups.
import type { SubnetMapping } from '@aws-sdk/client-elastic-load-balancing-v2';
import ipaddr from 'ipaddr.js';
import type { Subnet, VpcView } from '../../state/vpc.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { once, type Checks } from './checked.js';
import type { Checked, Context, WriteContext } from './context.js';
import { invalidConfiguration } from './faults.js';
import { checkIpv6Mapping, type Family } from './ipv6.js';
import { unseen } from './texts.js';

export type SubnetInput = { Subnets?: string[] | undefined; SubnetMappings?: Checked<SubnetMapping>[] | undefined };
export type Mapping = Checked<SubnetMapping> & { SubnetId: string };

/** `Subnets` and `SubnetMappings` as one list. */
export const mappingsOf = ({ Subnets, SubnetMappings }: SubnetInput): Mapping[] => {
  if (Subnets?.length && SubnetMappings?.length) throw unseen.subnetsAndMappings();
  const mappings = SubnetMappings?.length ? SubnetMappings : (Subnets ?? []).map((SubnetId) => ({ SubnetId }));
  if (mappings.length === 0) throw validationError('At least one subnet must be specified');
  return mappings.map((mapping) => {
    if (!mapping.SubnetId) throw unseen.subnetIdMissing();
    return { ...mapping, SubnetId: mapping.SubnetId };
  });
};

const findSubnet = (vpc: VpcView | undefined, id: string): Subnet => {
  const subnet = vpc?.subnets.find(({ SubnetId }) => SubnetId === id);
  if (!subnet) throw unseen.subnetUnknown(id);
  return subnet;
};

/** `own` is the load balancer that may keep what it has. */
export type Wish = Family & { scheme: string; own: string | undefined };
type Place = Pick<Context, 'read'> & Wish;

const checkFixedAddress = ({ read, scheme, own }: Place, mapping: Mapping, subnet: Subnet): void => {
  const address = mapping.PrivateIPv4Address;
  if (address === undefined) return;
  if (scheme !== 'internal') throw unseen.privateAddressPublic();
  const inside = ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(subnet.CidrBlock));
  if (!inside) throw unseen.privateAddressOutside(address, subnet.SubnetId);
  if (read.by('loadBalancers', 'PrivateIPv4Address', address).some((one) => one.LoadBalancerArn !== own)) throw unseen.privateAddressTaken(address);
};

const allocationTaken = (): AwsFault => new AwsFault('ResourceInUse', 'The allocation IDs are not available for use');

/** The Elastic IP address that a mapping names: there, and used by no other load balancer. */
const checkAllocation = ({ read, scheme, own }: Place, id: string): string => {
  if (scheme === 'internal') throw unseen.elasticAddressInternal();
  const address = read.get('addresses', id);
  if (!address) throw unseen.allocationUnknown(id);
  if (read.by('loadBalancers', 'AllocationId', id).some((one) => one.LoadBalancerArn !== own)) throw allocationTaken();
  return address.PublicIp;
};

const checkMapping = (place: Place, mapping: Mapping, subnet: Subnet): { IpAddress?: string } => {
  const IpAddress = mapping.AllocationId === undefined ? undefined : checkAllocation(place, mapping.AllocationId);
  checkFixedAddress(place, mapping, subnet);
  checkIpv6Mapping(mapping, subnet, place);
  return IpAddress === undefined ? {} : { IpAddress };
};

const checkTwice = (values: readonly (string | undefined)[], fault: () => AwsFault): void => {
  const given = values.filter((value) => value !== undefined);
  if (new Set(given).size < given.length) throw fault();
};

export type Placed = { mapping: Mapping; subnet: Subnet; IpAddress?: string };

type PlaceChecks = Checks<'subnets given' | 'subnets' | 'zones' | 'addresses given once' | 'addresses'>;

/** The place that a request asks for, and the checks of it: each subnet there, at most one in a zone, with addresses of its own. */
export const placing = ({ read, vpc }: Pick<Context, 'read' | 'vpc'>, mappings: () => readonly Mapping[], wish: () => Wish): { placed(): Placed[]; checks: PlaceChecks } => {
  const found = once(() => mappings().map((mapping) => ({ mapping, subnet: findSubnet(vpc, mapping.SubnetId) })));
  const placed = once(() => found().map((one) => ({ ...one, ...checkMapping({ read, ...wish() }, one.mapping, one.subnet) })));
  const sameZone = () => invalidConfiguration('A load balancer cannot be attached to multiple subnets in the same Availability Zone');
  return {
    placed,
    checks: {
      'subnets given': mappings,
      subnets: found,
      zones: () => checkTwice(found().map(({ subnet }) => subnet.AvailabilityZone), sameZone),
      'addresses given once': () => checkTwice(mappings().map(({ AllocationId }) => AllocationId), allocationTaken),
      addresses: placed,
    },
  };
};

// ELB hands on what EC2 told it.
const groupUnknown = (id: string, request: string): AwsFault => new AwsFault(
  'InvalidSecurityGroup',
  `The security group '${id}' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidGroup.NotFound; Request ID: ${request}; Proxy: null)`,
);

const requestId = ({ newId }: Pick<WriteContext, 'newId'>): string => `${newId()}${newId()}`.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');

/** Each group must look like one, exist, and lie in the VPC. */
export const checkSecurityGroups = ({ read, bornGroups, newId }: Pick<WriteContext, 'read' | 'bornGroups' | 'newId'>, groups: readonly string[], vpcId: string): void => {
  for (const id of groups) {
    if (!/^sg-[0-9a-zA-Z]+$/.test(id)) throw validationError(`Security group '${id}' is not valid`);
    const group = read.get('securityGroups', id);
    if (!group && bornGroups.includes(id)) continue;
    if (!group) throw groupUnknown(id, requestId({ newId }));
    if (group.VpcId !== vpcId) throw invalidConfiguration(`Security group '${id}' does not belong to VPC '${vpcId}'`);
  }
};
