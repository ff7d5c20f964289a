// The Resource Groups Tagging API: GetResources over everything that has tags in the state.
import type { IndexedStore } from '../../state/store.js';
import type { IndexedReader } from '../../state/transaction.js';
import type { TagMap } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import { integer, list, structure, text, type JsonShape } from '../../wire/jsonshape.js';
import type { JsonService } from '../json.js';

type TagFilter = { Key?: string; Values?: string[] };
type Input = { PaginationToken?: string; TagFilters?: TagFilter[]; ResourcesPerPage?: number; TagsPerPage?: number; ResourceTypeFilters?: string[]; ResourceARNList?: string[] };
type Resource = { arn: string; tags: TagMap };

const input: JsonShape = structure({
  PaginationToken: text({ max: 2048 }),
  TagFilters: list(structure({ Key: text({ min: 1, max: 128 }), Values: list(text({ max: 256 }), 0, 20) }), 0, 50),
  ResourcesPerPage: integer(1, 100),
  TagsPerPage: integer(100, 500),
  ResourceTypeFilters: list(text({ max: 256 }), 0, 100),
  ResourceARNList: list(text({ min: 1, max: 1011 }), 1, 100),
  IncludeComplianceDetails: { kind: 'boolean' },
  ExcludeCompliantResources: { kind: 'boolean' },
});

/** A resource counts once it has a tag. */
const resources = (read: IndexedReader): Resource[] =>
  [
    ...[...read.list('loadBalancers')].map(({ LoadBalancerArn: arn, tags }) => ({ arn, tags })),
    ...[...read.list('listeners')].map(({ ListenerArn: arn, tags }) => ({ arn, tags })),
    ...[...read.list('targetGroups')].map(({ TargetGroupArn: arn, tags }) => ({ arn, tags })),
    ...[...read.list('certificates')].map(({ CertificateArn: arn, tags }) => ({ arn, tags })),
  ].filter(({ tags }) => Object.keys(tags).length > 0);

/** `elasticloadbalancing`, `elasticloadbalancing:loadbalancer`, `elasticloadbalancing:loadbalancer/net`. */
const isOfType = (arn: string, type: string): boolean => {
  const parts = arn.split(':');
  const own = `${parts[2]}:${parts.slice(5).join(':')}`;
  return type.includes(':') ? own.startsWith(`${type}/`) : parts[2] === type;
};

const matches = ({ tags }: Resource, { Key, Values }: TagFilter): boolean =>
  Object.entries(tags).some(([key, value]) => (Key === undefined || key === Key) && (!Values?.length || Values.includes(value)));

const checkType = (type: string): void => {
  if (!/^[a-z0-9-]+(:[a-z0-9/-]+)?$/i.test(type)) throw new AwsFault('InvalidParameterException', `Unsupported resource type: ${type}`);
};

const offsetOf = (token: string | undefined): number => {
  if (!token) return 0;
  const offset = Number(Buffer.from(token, 'base64url').toString() || NaN);
  if (!Number.isSafeInteger(offset) || offset < 1) throw new AwsFault('InvalidParameterException', 'The pagination token is not valid');
  return offset;
};

const select = (read: IndexedReader, { TagFilters = [], ResourceTypeFilters = [], ResourceARNList }: Input): Resource[] => {
  if (ResourceARNList && TagFilters.length + ResourceTypeFilters.length > 0) {
    throw new AwsFault('InvalidParameterException', 'ResourceARNList cannot be combined with other filters');
  }
  ResourceTypeFilters.forEach(checkType);
  return resources(read)
    .filter(({ arn }) => !ResourceARNList || ResourceARNList.includes(arn))
    .filter(({ arn }) => ResourceTypeFilters.length === 0 || ResourceTypeFilters.some((type) => isOfType(arn, type)))
    .filter((one) => TagFilters.every((filter) => matches(one, filter)));
};

const getResources = (read: IndexedReader, given: Input): object => {
  const all = select(read, given);
  const start = offsetOf(given.PaginationToken);
  const end = start + (given.ResourcesPerPage ?? 50);
  return {
    ResourceTagMappingList: all.slice(start, end).map(({ arn, tags }) => ({ ResourceARN: arn, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) })),
    // AWS ends with an empty token, not with none.
    PaginationToken: end < all.length ? Buffer.from(String(end)).toString('base64url') : '',
  };
};

/** To be registered by its target. */
export const createTagging = ({ store }: { store: Pick<IndexedStore, 'partition'> }): JsonService => ({
  name: 'tagging',
  target: 'ResourceGroupsTaggingAPI_20170126',
  invalid: 'InvalidParameterException',
  operations: {
    GetResources: { input, run: ({ account, region }, given: Input) => getResources(store.partition(account, region).read, given) },
  },
});
