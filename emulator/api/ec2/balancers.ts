// The network interfaces of load balancers: one in each zone, with an address of the VPC that nobody else has.
import ipaddr from 'ipaddr.js';
import type { IndexedReader } from '../../state/transaction.js';
import type { LoadBalancerRecord } from '../../state/types.js';
import type { Subnet, VpcView } from '../../state/vpc.js';
import { derivedId, type Ec2Context } from './context.js';

type Zone = LoadBalancerRecord['AvailabilityZones'][number];

export const interfaceId = ({ LoadBalancerArn }: LoadBalancerRecord, { SubnetId }: Zone): string => derivedId('eni', LoadBalancerArn, SubnetId);

const numberOf = (address: string): number => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);

const lastOf = (subnet: Subnet): number => numberOf(ipaddr.IPv4.broadcastAddressFromCIDR(subnet.CidrBlock).toString());

/** Counted down from the subnet's end, where neither nodes nor pods are given addresses. */
export const balancerAddress = ({ vpc }: Pick<Ec2Context, 'vpc'>, { slot }: LoadBalancerRecord, { PrivateIPv4Address, SubnetId, address }: Zone): string => {
  if (PrivateIPv4Address !== undefined) return PrivateIPv4Address;
  const subnet = vpc.subnets.find((one) => one.SubnetId === SubnetId);
  if (!subnet) return address;
  const number = lastOf(subnet) - 1 - slot;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
};

/** Tells whether an address is that of a load balancer's interface; it need not look at every load balancer. */
export const balancerFinder = (vpc: VpcView, read: IndexedReader): ((address: string) => boolean) => {
  const subnets = vpc.subnets.map((subnet) => ({ ...subnet, first: numberOf(ipaddr.IPv4.networkAddressFromCIDR(subnet.CidrBlock).toString()), last: lastOf(subnet) }));
  return (address) => {
    if (read.by('loadBalancers', 'PrivateIPv4Address', address).length > 0) return true;
    const number = numberOf(address);
    const subnet = subnets.find(({ first, last }) => first <= number && number <= last);
    if (!subnet) return false;
    const [balancer] = read.by('loadBalancers', 'slot', String(subnet.last - 1 - number));
    return balancer?.AvailabilityZones.some((zone) => zone.SubnetId === subnet.SubnetId && zone.PrivateIPv4Address === undefined) ?? false;
  };
};

/** How the zone is reached from outside; internal load balancers are not. */
const association = (balancer: LoadBalancerRecord, { AllocationId, address }: Zone, account: string) =>
  balancer.Scheme !== 'internet-facing' ? {} : {
    Association: {
      PublicIp: address,
      IpOwnerId: AllocationId === undefined ? 'amazon-elb' : account,
      ...(AllocationId === undefined ? {} : { AllocationId, AssociationId: derivedId('eipassoc', AllocationId, balancer.LoadBalancerArn) }),
    },
  };

/** The interfaces without what only a listing adds: names of groups, private DNS names. */
export const balancerInterfaces = (context: Ec2Context) =>
  [...context.partition.read.list('loadBalancers')].flatMap((balancer) =>
    balancer.AvailabilityZones.map((zone) => ({
      NetworkInterfaceId: interfaceId(balancer, zone),
      Description: `ELB ${balancer.LoadBalancerArn.split(':loadbalancer/')[1] ?? balancer.LoadBalancerName}`,
      InterfaceType: 'network_load_balancer',
      Status: 'in-use' as const,
      SubnetId: zone.SubnetId,
      VpcId: balancer.VpcId,
      AvailabilityZone: zone.ZoneName,
      OwnerId: context.partition.account,
      PrivateIpAddress: balancerAddress(context, balancer, zone),
      groupIds: balancer.SecurityGroups ?? [],
      RequesterManaged: true,
      RequesterId: 'amazon-elb',
      Attachment: {
        AttachmentId: derivedId('ela-attach', balancer.LoadBalancerArn, zone.SubnetId), DeviceIndex: 1, Status: 'attached' as const, DeleteOnTermination: false,
        InstanceOwnerId: 'amazon-elb',
      },
      ...association(balancer, zone, context.partition.account),
    })),
  );
