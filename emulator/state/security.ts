// Rules of a security group as stored.

export type IpPermissionRecord = {
  IpProtocol: string;
  FromPort?: number;
  ToPort?: number;
  IpRanges?: { CidrIp: string; Description?: string }[];
  Ipv6Ranges?: { CidrIpv6: string; Description?: string }[];
  UserIdGroupPairs?: { GroupId: string; Description?: string }[];
  PrefixListIds?: { PrefixListId: string; Description?: string }[];
};
