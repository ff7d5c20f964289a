// What of ours exists in ELBv2: told apart by tags. Membership and tags are remembered; what a resource is like is always asked for.
import type { LoadBalancer, Tag, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LRUCache } from 'lru-cache';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import { hasCode } from './calls.js';
import { createMembership, type Membership } from './membership.js';
import type { Stack, Tags } from './model.js';
import { tagMap } from './tags.js';

export type Tagged<T> = { item: T; arn: string; tags: Tags };

export type Inventory = {
  loadBalancers(stack: Stack): Promise<Tagged<LoadBalancer>[]>;
  targetGroups(stack: Stack): Promise<Tagged<TargetGroup>[]>;
  /** Stack -> ARNs, of everything that the cluster has. */
  stacks(): Promise<Map<string, string[]>>;
  /** Tags of any resources, at most twenty in one call. */
  tagsOf(arns: string[]): Promise<Map<string, Tags>>;
  /** What a write of ours made of the tags. */
  learn(arn: string, tags: Tags): void;
  forget(arn: string): void;
  distrust(): void;
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

const createTags = (elbv2: Elbv2Api, clock: Clock) => {
  const known = new LRUCache<string, Tags>({ max: remembered, ttl: twentyMinutes, perf: { now: () => clock.now() }, ttlResolution: 0 });
  const tagsOf = async (arns: string[]): Promise<Map<string, Tags>> => {
    const unknown = arns.filter((arn) => !known.has(arn));
    for (let from = 0; from < unknown.length; from += chunkSize) {
      const { TagDescriptions } = await elbv2.DescribeTags({ ResourceArns: unknown.slice(from, from + chunkSize) });
      for (const { ResourceArn, Tags: tags } of TagDescriptions ?? []) known.set(ResourceArn ?? '', tagMap(tags as Tag[] | undefined));
    }
    return new Map(arns.map((arn) => [arn, known.get(arn) ?? {}]));
  };
  return { known, tagsOf };
};

type Described<T> = { describe: (arns: string[]) => Promise<T[]>; arnOf: (item: T) => string | undefined; gone: string };

/** One listing for both kinds of question: everything, or what some ARNs are like. */
const listers = (elbv2: Elbv2Api, vpcId: string) => {
  const local = <T extends { VpcId?: string | undefined }>(items: T[], arnOf: (item: T) => string | undefined): string[] =>
    items.filter(({ VpcId }) => VpcId === vpcId).map((item) => arnOf(item) ?? '');
  const loadBalancers: Described<LoadBalancer> = {
    describe: async (LoadBalancerArns) => (await elbv2.DescribeLoadBalancers({ LoadBalancerArns })).LoadBalancers ?? [],
    arnOf: ({ LoadBalancerArn }) => LoadBalancerArn,
    gone: 'LoadBalancerNotFound',
  };
  const targetGroups: Described<TargetGroup> = {
    describe: async (TargetGroupArns) => (await elbv2.DescribeTargetGroups({ TargetGroupArns })).TargetGroups ?? [],
    arnOf: ({ TargetGroupArn }) => TargetGroupArn,
    gone: 'TargetGroupNotFound',
  };
  const allLoadBalancers = () => allPages(async (marker) => {
    const { LoadBalancers, NextMarker } = await elbv2.DescribeLoadBalancers(marked(marker));
    return { items: LoadBalancers, NextMarker };
  });
  const allTargetGroups = () => allPages(async (marker) => {
    const { TargetGroups, NextMarker } = await elbv2.DescribeTargetGroups(marked(marker));
    return { items: TargetGroups, NextMarker };
  });
  return {
    loadBalancers: { ...loadBalancers, list: async () => local(await allLoadBalancers(), loadBalancers.arnOf) },
    targetGroups: { ...targetGroups, list: async () => local(await allTargetGroups(), targetGroups.arnOf) },
  };
};

type Sort<T> = Described<T> & { membership: Membership };

const described = async <T>({ membership, describe }: Sort<T>, stack: Stack): Promise<T[]> => {
  const items: T[] = [];
  const arns = await membership.of(stack);
  for (let from = 0; from < arns.length; from += chunkSize) items.push(...(await describe(arns.slice(from, from + chunkSize))));
  return items;
};

/** What a stack has of one sort, as it is now, with its tags. */
const ours = async <T>(sort: Sort<T>, stack: Stack, tagsOf: Inventory['tagsOf']): Promise<Tagged<T>[]> => {
  const items = await described(sort, stack).catch((error: unknown) => {
    // Somebody deleted one behind our back.
    if (!hasCode(error, sort.gone)) throw error;
    sort.membership.distrust();
    return described(sort, stack);
  });
  const arns = items.map((item) => sort.arnOf(item) ?? '');
  const tags = await tagsOf(arns);
  return items.map((item, at) => ({ item, arn: arns[at] ?? '', tags: tags.get(arns[at] ?? '') ?? {} }));
};

const joined = (one: Map<string, string[]>, other: Map<string, string[]>): Map<string, string[]> =>
  new Map([...new Set([...one.keys(), ...other.keys()])].map((stack) => [stack, [...(one.get(stack) ?? []), ...(other.get(stack) ?? [])]]));

/** Lists of one VPC. */
export const createInventory = (elbv2: Elbv2Api, { vpcId, clusterName }: { vpcId: string; clusterName: string }, clock: Clock): Inventory => {
  const { known, tagsOf } = createTags(elbv2, clock);
  const kinds = listers(elbv2, vpcId);
  const membersOf = (list: () => Promise<string[]>): Membership => createMembership({ clock, clusterName, tagsOf, list });
  const loadBalancers = { ...kinds.loadBalancers, membership: membersOf(kinds.loadBalancers.list) };
  const targetGroups = { ...kinds.targetGroups, membership: membersOf(kinds.targetGroups.list) };
  const membershipOf = (arn: string): Membership | undefined =>
    arn.includes(':loadbalancer/') ? loadBalancers.membership : arn.includes(':targetgroup/') ? targetGroups.membership : undefined;
  return {
    loadBalancers: (stack) => ours(loadBalancers, stack, tagsOf),
    targetGroups: (stack) => ours(targetGroups, stack, tagsOf),
    stacks: async () => joined(await loadBalancers.membership.all(), await targetGroups.membership.all()),
    tagsOf,
    learn: (arn, tags) => {
      known.set(arn, tags);
      membershipOf(arn)?.put(arn, tags);
    },
    forget: (arn) => {
      known.delete(arn);
      membershipOf(arn)?.drop(arn);
    },
    distrust: () => {
      loadBalancers.membership.distrust();
      targetGroups.membership.distrust();
    },
  };
};
