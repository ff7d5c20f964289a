// What every EC2 operation works on: one account and region, the network in it, and ids and tags derived from them.
import { createHash } from 'node:crypto';
import type { AddressRecord, Partition, Reader, TagMap } from '../../state/types.js';
import type { VpcView } from '../../state/vpc.js';
import type { Tag } from './client.js';

export type Ec2Context = {
  vpc: VpcView;
  partition: Partition;
  clusterName: string;
  /** ms since the epoch; instances report it as their LaunchTime. */
  launched: number;
  /** 17 hexadecimal digits, never the same twice. */
  newId(): string;
  /** A limit that the configuration overrides, by name. */
  quota(name: string): number | undefined;
  /** The second octet of the loopback block of load balancer addresses. */
  octet: number;
  /** Elastic IP addresses of every account and region: all are addresses of this machine. */
  addresses(): AddressRecord[];
};

/** The ids of the two groups that the VPC has from the start: `default`, and the cluster's. */
export const bornGroupIds = (vpcId: string, clusterName: string): [defaultGroup: string, nodeGroup: string] =>
  [derivedId('sg', vpcId, 'default'), derivedId('sg', vpcId, 'cluster', clusterName)];

/** A region without the cluster has no VPC, and so none of what lies in one. */
export const hasVpc = (vpc: VpcView): boolean => vpc.VpcId !== '';

/** An id that is the same in every run: `derivedId('igw', vpcId)` -> `igw-0…`. */
export const derivedId = (prefix: string, ...of: string[]): string =>
  `${prefix}-0${createHash('sha256').update([prefix, ...of].join('|')).digest('hex').slice(0, 16)}`;

export const tagList = (tags: TagMap): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** The tags of a resource that is a view: what was stored for it, else what it is born with. */
export const tagsOf = (read: Reader, id: string, born: TagMap): Tag[] => tagList(read.get('ec2Tags', id)?.tags ?? born);
