// The pretended VPC: an EKS-like address plan, the same for every run of one region and account.

export type Subnet = { SubnetId: string; AvailabilityZone: string; AvailabilityZoneId: string; CidrBlock: string; public: boolean };

/** A node of the cluster as EC2 sees it. */
export type Instance = {
  InstanceId: string;
  nodeName: string;
  PrivateIpAddress: string;
  AvailabilityZone: string;
  running: boolean;
};

/** What is known of the network: the plan, and the cluster's nodes and pods as they are now. */
export type VpcView = {
  VpcId: string;
  CidrBlock: string;
  region: string;
  subnets: readonly Subnet[];
  instances(): readonly Instance[];
  /** The zone that an address of the VPC lies in; undefined outside the VPC. */
  zoneOf(address: string): string | undefined;
};
