// The part of the EC2 API that the controller calls, in EC2's own words.

export type Tag = { Key: string; Value: string };
export type Filter = { Name: string; Values: string[] };
export type IpPermission = {
  IpProtocol: string;
  FromPort?: number;
  ToPort?: number;
  IpRanges?: { CidrIp: string; Description?: string }[];
  Ipv6Ranges?: { CidrIpv6: string; Description?: string }[];
  UserIdGroupPairs?: { GroupId: string; Description?: string }[];
  PrefixListIds?: { PrefixListId: string; Description?: string }[];
};
export type SecurityGroup = {
  GroupId: string;
  GroupName: string;
  Description: string;
  VpcId: string;
  OwnerId: string;
  IpPermissions: IpPermission[];
  Tags: Tag[];
};
export type SubnetInfo = {
  SubnetId: string;
  VpcId: string;
  AvailabilityZone: string;
  AvailabilityZoneId: string;
  CidrBlock: string;
  AvailableIpAddressCount: number;
  MapPublicIpOnLaunch: boolean;
  State: 'available';
  OwnerId: string;
  SubnetArn: string;
  OutpostArn?: string;
  Ipv6CidrBlockAssociationSet?: { Ipv6CidrBlock: string; Ipv6CidrBlockState: { State: string } }[];
  Tags: Tag[];
};
export type RouteTable = {
  RouteTableId: string;
  VpcId: string;
  Associations: { Main: boolean; SubnetId?: string }[];
  Routes: { DestinationCidrBlock: string; GatewayId?: string; NatGatewayId?: string }[];
};
export type Vpc = { VpcId: string; CidrBlock: string; CidrBlockAssociationSet: { AssociationId: string; CidrBlock: string; CidrBlockState: { State: 'associated' } }[]; State: 'available'; IsDefault: boolean; OwnerId: string; Tags: Tag[] };
export type InterfaceInfo = {
  NetworkInterfaceId: string;
  PrivateIpAddress: string;
  PrivateIpAddresses: { PrivateIpAddress: string }[];
  Groups: { GroupId: string; GroupName: string }[];
  Attachment?: { DeviceIndex: number };
};
export type InstanceInfo = {
  InstanceId: string;
  PrivateIpAddress: string;
  PrivateDnsName: string;
  VpcId: string;
  SubnetId: string;
  State: { Code: number; Name: string };
  Placement: { AvailabilityZone: string };
  SecurityGroups: { GroupId: string; GroupName: string }[];
  NetworkInterfaces: InterfaceInfo[];
  Tags: Tag[];
};

type Call<I, O> = (input: I) => Promise<O>;

/** Refusals are thrown as AwsFault with EC2's codes (`InvalidGroup.NotFound`, `DependencyViolation` …). */
export type Ec2Api = {
  DescribeSubnets: Call<{ SubnetIds?: string[]; Filters?: Filter[] }, { Subnets: SubnetInfo[] }>;
  DescribeRouteTables: Call<{ Filters?: Filter[] }, { RouteTables: RouteTable[] }>;
  DescribeVpcs: Call<{ VpcIds?: string[]; Filters?: Filter[] }, { Vpcs: Vpc[] }>;
  DescribeAvailabilityZones: Call<{ ZoneIds?: string[]; ZoneNames?: string[] }, { AvailabilityZones: { ZoneId: string; ZoneName: string; ZoneType: string; RegionName: string; State: string }[] }>;
  DescribeInstances: Call<{ InstanceIds?: string[]; Filters?: Filter[] }, { Reservations: { Instances: InstanceInfo[] }[] }>;
  DescribeNetworkInterfaces: Call<{ NetworkInterfaceIds?: string[]; Filters?: Filter[] }, { NetworkInterfaces: InterfaceInfo[] }>;
  DescribeSecurityGroups: Call<{ GroupIds?: string[]; Filters?: Filter[] }, { SecurityGroups: SecurityGroup[] }>;
  CreateSecurityGroup: Call<{ GroupName: string; Description: string; VpcId: string; TagSpecifications?: { ResourceType: string; Tags: Tag[] }[] }, { GroupId: string }>;
  DeleteSecurityGroup: Call<{ GroupId: string }, Record<never, never>>;
  AuthorizeSecurityGroupIngress: Call<{ GroupId: string; IpPermissions: IpPermission[] }, { Return: boolean }>;
  RevokeSecurityGroupIngress: Call<{ GroupId: string; IpPermissions: IpPermission[] }, { Return: boolean }>;
  CreateTags: Call<{ Resources: string[]; Tags: Tag[] }, Record<never, never>>;
  DeleteTags: Call<{ Resources: string[]; Tags: { Key: string; Value?: string }[] }, Record<never, never>>;
};
