// What of ours exists in ELBv2: listed by VPC, told apart by tags. Tags are remembered, as the real controller does.
import type { LoadBalancer, Tag, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LRUCache } from 'lru-cache';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import type { Stack, Tags } from './model.js';
import { belongsTo, tagMap } from './tags.js';

export type Tagged<T> = { item: T; arn: string; tags: Tags };

export type Inventory = {
  loadBalancers(stack: Stack): Promise<Tagged<LoadBalancer>[]>;
  targetGroups(stack: Stack): Promise<Tagged<TargetGroup>[]>;
  /** Tags of any resources, at most twenty in one call. */
  tagsOf(arns: string[]): Promise<Map<string, Tags>>;
  /** What a write of ours made of the tags. */
  learn(arn: string, tags: Tags): void;
  forget(arn: string): void;
};

const chunkSize = 20;
const twentyMinutes = 20 * 60_000;
const remembered = 20_000;

const allPages = async <T>(page: (Marker: string | undefined) => Promise<{ items: T[] | undefined; NextMarker: string | undefined }>): Promise<T[]> => {
  const all: T[] = [];
  let marker: string | undefined;
  do {
    const { items, NextMarker } = await page(marker);
    all.push(...(items ?? []));
    marker = NextMarker;
  } while (marker);
  return all;
};

const marked = (Marker: string | undefined) => (Marker ? { Marker } : {});

/** Lists of one VPC. */
export const createInventory = (elbv2: Elbv2Api, { vpcId, clusterName }: { vpcId: string; clusterName: string }, clock: Clock): Inventory => {
  const known = new LRUCache<string, Tags>({ max: remembered, ttl: twentyMinutes, perf: { now: () => clock.now() }, ttlResolution: 0 });

  const tagsOf = async (arns: string[]): Promise<Map<string, Tags>> => {
    const unknown = arns.filter((arn) => !known.has(arn));
    for (let from = 0; from < unknown.length; from += chunkSize) {
      const { TagDescriptions } = await elbv2.DescribeTags({ ResourceArns: unknown.slice(from, from + chunkSize) });
      for (const { ResourceArn, Tags: tags } of TagDescriptions ?? []) known.set(ResourceArn ?? '', tagMap(tags as Tag[] | undefined));
    }
    return new Map(arns.map((arn) => [arn, known.get(arn) ?? {}]));
  };

  const ours = async <T extends { VpcId?: string | undefined }>(items: T[], arnOf: (item: T) => string | undefined, stack: Stack): Promise<Tagged<T>[]> => {
    const local = items.filter(({ VpcId }) => VpcId === vpcId);
    const tags = await tagsOf(local.map((item) => arnOf(item) ?? ''));
    return local
      .map((item) => ({ item, arn: arnOf(item) ?? '', tags: tags.get(arnOf(item) ?? '') ?? {} }))
      .filter((one) => belongsTo(one.tags, clusterName, stack));
  };

  return {
    loadBalancers: async (stack) => {
      const all = await allPages(async (marker) => {
        const { LoadBalancers, NextMarker } = await elbv2.DescribeLoadBalancers(marked(marker));
        return { items: LoadBalancers, NextMarker };
      });
      return ours(all, ({ LoadBalancerArn }) => LoadBalancerArn, stack);
    },
    targetGroups: async (stack) => {
      const all = await allPages(async (marker) => {
        const { TargetGroups, NextMarker } = await elbv2.DescribeTargetGroups(marked(marker));
        return { items: TargetGroups, NextMarker };
      });
      return ours(all, ({ TargetGroupArn }) => TargetGroupArn, stack);
    },
    tagsOf,
    learn: (arn, tags) => void known.set(arn, tags),
    forget: (arn) => void known.delete(arn),
  };
};
