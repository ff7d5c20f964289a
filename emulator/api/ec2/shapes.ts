// EC2's structures: our names, which are the SDK's, and what they are called on the wire. Data, no behaviour.
import { boolean, listOf, number, structure, text, timestamp } from './shape.js';

export const texts = listOf(text);
export const tag = structure({ Key: ['key', text], Value: ['value', text] });
export const tags = listOf(tag);
export const filters = listOf(structure({ Name: ['Name', text], Values: ['Value', texts] }, ['Name']));
export const tagSpecifications = listOf(structure({ ResourceType: ['resourceType', text], Tags: ['Tag', tags] }));

const ipv6Association = structure({
  AssociationId: ['associationId', text], Ipv6CidrBlock: ['ipv6CidrBlock', text], Ipv6CidrBlockState: ['ipv6CidrBlockState', structure({ State: ['state', text] })],
});
export const subnet = structure({
  SubnetId: ['subnetId', text], VpcId: ['vpcId', text], State: ['state', text], CidrBlock: ['cidrBlock', text],
  Ipv6CidrBlockAssociationSet: ['ipv6CidrBlockAssociationSet', listOf(ipv6Association)], AvailableIpAddressCount: ['availableIpAddressCount', number],
  AvailabilityZone: ['availabilityZone', text], AvailabilityZoneId: ['availabilityZoneId', text], DefaultForAz: ['defaultForAz', boolean],
  MapPublicIpOnLaunch: ['mapPublicIpOnLaunch', boolean], OwnerId: ['ownerId', text], SubnetArn: ['subnetArn', text], Tags: ['tagSet', tags],
});

const cidrAssociation = structure({
  AssociationId: ['associationId', text], CidrBlock: ['cidrBlock', text], CidrBlockState: ['cidrBlockState', structure({ State: ['state', text] })],
});
export const vpc = structure({
  VpcId: ['vpcId', text], OwnerId: ['ownerId', text], State: ['state', text], CidrBlock: ['cidrBlock', text],
  CidrBlockAssociationSet: ['cidrBlockAssociationSet', listOf(cidrAssociation)],
  Ipv6CidrBlockAssociationSet: ['ipv6CidrBlockAssociationSet', listOf(ipv6Association)], DhcpOptionsId: ['dhcpOptionsId', text],
  InstanceTenancy: ['instanceTenancy', text], IsDefault: ['isDefault', boolean], Tags: ['tagSet', tags],
});

export const availabilityZone = structure({
  ZoneName: ['zoneName', text], State: ['zoneState', text], RegionName: ['regionName', text], ZoneId: ['zoneId', text],
  GroupName: ['groupName', text], NetworkBorderGroup: ['networkBorderGroup', text], ZoneType: ['zoneType', text], OptInStatus: ['optInStatus', text],
});

const routeAssociation = structure({
  RouteTableAssociationId: ['routeTableAssociationId', text], RouteTableId: ['routeTableId', text], SubnetId: ['subnetId', text], Main: ['main', boolean],
});
const route = structure({
  DestinationCidrBlock: ['destinationCidrBlock', text], GatewayId: ['gatewayId', text], NatGatewayId: ['natGatewayId', text],
  State: ['state', text], Origin: ['origin', text],
});
export const routeTable = structure({
  RouteTableId: ['routeTableId', text], VpcId: ['vpcId', text], OwnerId: ['ownerId', text], Routes: ['routeSet', listOf(route)],
  Associations: ['associationSet', listOf(routeAssociation)], Tags: ['tagSet', tags],
});

export const internetGateway = structure({
  InternetGatewayId: ['internetGatewayId', text], OwnerId: ['ownerId', text],
  Attachments: ['attachmentSet', listOf(structure({ VpcId: ['vpcId', text], State: ['state', text] }))], Tags: ['tagSet', tags],
});
const natAddress = structure({ PublicIp: ['publicIp', text], PrivateIp: ['privateIp', text], IsPrimary: ['isPrimary', boolean] });
export const natGateway = structure({
  NatGatewayId: ['natGatewayId', text], SubnetId: ['subnetId', text], VpcId: ['vpcId', text], State: ['state', text],
  ConnectivityType: ['connectivityType', text], NatGatewayAddresses: ['natGatewayAddressSet', listOf(natAddress)], Tags: ['tagSet', tags],
});

const groupRefs = listOf(structure({ GroupId: ['groupId', text], GroupName: ['groupName', text] }));
const attachmentMembers = {
  AttachmentId: ['attachmentId', text], DeviceIndex: ['deviceIndex', number], Status: ['status', text], DeleteOnTermination: ['deleteOnTermination', boolean],
} satisfies Parameters<typeof structure>[0];
const attachment = structure({ ...attachmentMembers, InstanceId: ['instanceId', text], InstanceOwnerId: ['instanceOwnerId', text] });
const association = structure({ PublicIp: ['publicIp', text], IpOwnerId: ['ipOwnerId', text], AllocationId: ['allocationId', text], AssociationId: ['associationId', text] });
const privateAddresses = listOf(structure({ PrivateIpAddress: ['privateIpAddress', text], Primary: ['primary', boolean], Association: ['association', association] }));
const interfaceMembers = {
  NetworkInterfaceId: ['networkInterfaceId', text], SubnetId: ['subnetId', text], VpcId: ['vpcId', text], Description: ['description', text],
  OwnerId: ['ownerId', text], Status: ['status', text], InterfaceType: ['interfaceType', text], PrivateIpAddress: ['privateIpAddress', text],
  PrivateDnsName: ['privateDnsName', text], Groups: ['groupSet', groupRefs],
  PrivateIpAddresses: ['privateIpAddressesSet', privateAddresses],
} satisfies Parameters<typeof structure>[0];
export const networkInterface = structure({
  ...interfaceMembers, Attachment: ['attachment', attachment], AvailabilityZone: ['availabilityZone', text], RequesterManaged: ['requesterManaged', boolean],
  RequesterId: ['requesterId', text], Association: ['association', association], TagSet: ['tagSet', tags],
});

const instance = structure({
  InstanceId: ['instanceId', text], ImageId: ['imageId', text], State: ['instanceState', structure({ Code: ['code', number], Name: ['name', text] })],
  PrivateDnsName: ['privateDnsName', text], InstanceType: ['instanceType', text], LaunchTime: ['launchTime', timestamp],
  Placement: ['placement', structure({ AvailabilityZone: ['availabilityZone', text] })], SubnetId: ['subnetId', text], VpcId: ['vpcId', text],
  PrivateIpAddress: ['privateIpAddress', text], SecurityGroups: ['groupSet', groupRefs],
  NetworkInterfaces: ['networkInterfaceSet', listOf(structure({ ...interfaceMembers, Attachment: ['attachment', structure(attachmentMembers)] }))], Tags: ['tagSet', tags],
});
export const reservation = structure({
  ReservationId: ['reservationId', text], OwnerId: ['ownerId', text], Groups: ['groupSet', groupRefs], Instances: ['instancesSet', listOf(instance)],
});

const described = { Description: ['description', text] } satisfies Parameters<typeof structure>[0];
const permission = structure({
  IpProtocol: ['ipProtocol', text], FromPort: ['fromPort', number], ToPort: ['toPort', number],
  UserIdGroupPairs: ['groups', listOf(structure({ UserId: ['userId', text], GroupId: ['groupId', text], ...described }, ['GroupId']))],
  IpRanges: ['ipRanges', listOf(structure({ CidrIp: ['cidrIp', text], ...described }, ['CidrIp']))],
  Ipv6Ranges: ['ipv6Ranges', listOf(structure({ CidrIpv6: ['cidrIpv6', text], ...described }, ['CidrIpv6']))],
  PrefixListIds: ['prefixListIds', listOf(structure({ PrefixListId: ['prefixListId', text], ...described }, ['PrefixListId']))],
}, ['IpProtocol']);
export const permissions = listOf(permission);
export const securityGroup = structure({
  OwnerId: ['ownerId', text], GroupId: ['groupId', text], GroupName: ['groupName', text], Description: ['groupDescription', text], VpcId: ['vpcId', text],
  IpPermissions: ['ipPermissions', permissions], IpPermissionsEgress: ['ipPermissionsEgress', permissions], Tags: ['tagSet', tags],
});
export const tagDescription = structure({ ResourceId: ['resourceId', text], ResourceType: ['resourceType', text], Key: ['key', text], Value: ['value', text] });
export const securityGroupRule = structure({
  SecurityGroupRuleId: ['securityGroupRuleId', text], GroupId: ['groupId', text], GroupOwnerId: ['groupOwnerId', text], IsEgress: ['isEgress', boolean],
  IpProtocol: ['ipProtocol', text], FromPort: ['fromPort', number], ToPort: ['toPort', number], CidrIpv4: ['cidrIpv4', text], CidrIpv6: ['cidrIpv6', text],
  PrefixListId: ['prefixListId', text], ReferencedGroupInfo: ['referencedGroupInfo', structure({ GroupId: ['groupId', text], UserId: ['userId', text] })],
  ...described, Tags: ['tagSet', tags],
});
const flag = structure({ Value: ['value', boolean] });
export const vpcAttribute = { EnableDnsSupport: ['enableDnsSupport', flag], EnableDnsHostnames: ['enableDnsHostnames', flag], EnableNetworkAddressUsageMetrics: ['enableNetworkAddressUsageMetrics', flag] } satisfies Parameters<typeof structure>[0];

export const allocation = {
  PublicIp: ['publicIp', text], AllocationId: ['allocationId', text], PublicIpv4Pool: ['publicIpv4Pool', text], NetworkBorderGroup: ['networkBorderGroup', text], Domain: ['domain', text],
} satisfies Parameters<typeof structure>[0];
export const address = structure({
  ...allocation, AssociationId: ['associationId', text], NetworkInterfaceId: ['networkInterfaceId', text], NetworkInterfaceOwnerId: ['networkInterfaceOwnerId', text],
  PrivateIpAddress: ['privateIpAddress', text], Tags: ['tagSet', tags],
});
const aclEntry = structure({
  CidrBlock: ['cidrBlock', text], Egress: ['egress', boolean], Protocol: ['protocol', text], RuleAction: ['ruleAction', text], RuleNumber: ['ruleNumber', number],
});
const aclAssociation = structure({ NetworkAclAssociationId: ['networkAclAssociationId', text], NetworkAclId: ['networkAclId', text], SubnetId: ['subnetId', text] });
export const networkAcl = structure({
  NetworkAclId: ['networkAclId', text], VpcId: ['vpcId', text], IsDefault: ['default', boolean], OwnerId: ['ownerId', text],
  Associations: ['associationSet', listOf(aclAssociation)], Entries: ['entrySet', listOf(aclEntry)], Tags: ['tagSet', tags],
});
export const groupForVpc = structure({
  GroupId: ['groupId', text], GroupName: ['groupName', text], Description: ['description', text], OwnerId: ['ownerId', text], PrimaryVpcId: ['primaryVpcId', text], Tags: ['tagSet', tags],
});
export const accountAttribute = structure({
  AttributeName: ['attributeName', text], AttributeValues: ['attributeValueSet', listOf(structure({ AttributeValue: ['attributeValue', text] }))],
});
export const nothing = structure({});
