// The records, in AWS's own words, and the store's face. Wishes only: nothing observed, no status that time changes.
import type { IpPermissionRecord } from './security.js';
import type { Action, LoadBalancerSchemeEnum, ProtocolEnum, TargetTypeEnum } from '@aws-sdk/client-elastic-load-balancing-v2';

export type TagMap = Record<string, string>;
export type AttributeMap = Record<string, string>;

export type LoadBalancerRecord = {
  LoadBalancerArn: string;
  LoadBalancerName: string;
  DNSName: string;
  CanonicalHostedZoneId: string;
  /** ms since the epoch; `provisioning` ends a profile's time after it. */
  CreatedTime: number;
  Scheme: LoadBalancerSchemeEnum;
  VpcId: string;
  Type: 'network';
  /** In the order of the request. `address` is where the data plane listens for the zone. */
  AvailabilityZones: { ZoneName: string; SubnetId: string; address: string; AllocationId?: string; IpAddress?: string; PrivateIPv4Address?: string; IPv6Address?: string; SourceNatIpv6Prefix?: string }[];
  /** Where the data plane listens for the name as a whole, see dataplane/types.ts. */
  frontAddress: string;
  /** Number that the addresses were computed from; free again when the load balancer is deleted. */
  slot: number;
  SecurityGroups?: string[];
  IpAddressType: 'ipv4' | 'dualstack';
  EnablePrefixForIpv6SourceNat: 'on' | 'off';
  EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic?: string;
  /** What ModifyCapacityReservation asked for last; `decreases` are the moments at which it asked for less. */
  capacity?: { CapacityUnits: number | undefined; LastModifiedTime: number; decreases: number[] };
  /** Only what differs from the defaults. */
  attributes: AttributeMap;
  tags: TagMap;
};

export type ListenerRecord = {
  ListenerArn: string;
  LoadBalancerArn: string;
  Port: number;
  Protocol: ProtocolEnum;
  SslPolicy?: string;
  /** Of a TLS listener: the default certificate's ARN, then those to choose from by server name (the default may be among them too). */
  Certificates?: string[];
  AlpnPolicy?: string[];
  DefaultActions: Action[];
  attributes: AttributeMap;
  tags: TagMap;
};

export type TargetGroupRecord = {
  TargetGroupArn: string;
  TargetGroupName: string;
  Protocol: ProtocolEnum;
  Port: number;
  VpcId: string;
  TargetType: TargetTypeEnum;
  IpAddressType: 'ipv4' | 'ipv6';
  HealthCheckProtocol: ProtocolEnum;
  HealthCheckPort: string;
  HealthCheckEnabled: boolean;
  HealthCheckIntervalSeconds: number;
  HealthCheckTimeoutSeconds: number;
  HealthyThresholdCount: number;
  UnhealthyThresholdCount: number;
  HealthCheckPath?: string;
  Matcher?: { HttpCode?: string };
  /** When a listener first referred to it (ms since the epoch); absent while none does. */
  InUseSince?: number;
  attributes: AttributeMap;
  tags: TagMap;
};

/** One registration; its key in the table: `targetKey` of targets.ts. */
export type TargetRecord = {
  TargetGroupArn: string;
  Id: string;
  Port: number;
  /** For ip targets: the zone of the subnet, or `all`. */
  AvailabilityZone?: string;
  /** An address that is not the VPC's: the zone is then a part of who the target is. */
  outsideVpc?: true;
  /** Of a QUIC target: `0x` and 16 hexadecimal digits. */
  QuicServerId?: string;
  /** ms since the epoch. */
  RegisteredAt: number;
  /** Draining since then; the record goes when the delay has passed. */
  DeregisteredAt?: number;
};

export type SecurityGroupRecord = {
  GroupId: string;
  GroupName: string;
  Description: string;
  VpcId: string;
  IpPermissions: IpPermissionRecord[];
  /** Absent as long as nobody changed them: everything goes out. */
  IpPermissionsEgress?: IpPermissionRecord[];
  tags: TagMap;
};

/** A certificate as imported into ACM; all else that ACM tells of it is in the certificate itself. */
export type CertificateRecord = {
  CertificateArn: string;
  /** PEM texts. */
  Certificate: string;
  CertificateChain?: string;
  PrivateKey: string;
  /** ms since the epoch. */
  CreatedAt: number;
  ImportedAt: number;
  tags: TagMap;
};

/** An Elastic IP address; which load balancer uses it stands in the load balancer's record. */
export type AddressRecord = { AllocationId: string; PublicIp: string; tags: TagMap };

export type Tables = {
  loadBalancers: LoadBalancerRecord;
  listeners: ListenerRecord;
  targetGroups: TargetGroupRecord;
  targets: TargetRecord;
  securityGroups: SecurityGroupRecord;
  /** By ARN. */
  certificates: CertificateRecord;
  /** By allocation id. */
  addresses: AddressRecord;
  /** Tags of EC2 resources that are views (subnets, instances …), by resource id. */
  ec2Tags: { tags: TagMap };
};
export type TableName = keyof Tables;

export type Reader = {
  get<T extends TableName>(table: T, key: string): Tables[T] | undefined;
  list<T extends TableName>(table: T): Iterable<Tables[T]>;
};

/** Reads its own writes. Records are replaced, never changed in place. */
export type Transaction = Reader & {
  put<T extends TableName>(table: T, key: string, record: Tables[T]): void;
  delete(table: TableName, key: string): void;
};

/** The part of the state that belongs to one account and region. */
export type Partition = {
  account: string;
  region: string;
  read: Reader;
  /**
   * Runs `change` (synchronous), writes what it changed to disk, swaps it in, tells subscribers, then resolves.
   * A throw in `change` or a failed write changes nothing.
   */
  update<T>(change: (tx: Transaction) => T): Promise<T>;
};

/** One record that was put or deleted; `partition` is `account/region`. */
export type StoredChange = { partition: string; table: TableName; key: string };

export type Store = {
  partition(account: string, region: string): Partition;
  partitions(): Iterable<Partition>;
  /** Grows with each change that was swapped in. */
  revision(): number;
  subscribe(fn: (changes: readonly StoredChange[]) => void): () => void;
  /** What had to be set aside at start, one sentence each. */
  recovered: readonly string[];
  close(): Promise<void>;
};
