// Tags of load balancers, listeners and target groups: AddTags, RemoveTags, DescribeTags, and the tags of a create call.
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TagMap } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { kindOf, listenerOfRule } from './arns.js';
import type { Checked, Context, Input, Output, WriteContext } from './context.js';
import { checkDescribeLimit, listenersNotFound, loadBalancersNotFound, notModelled, rulesNotFound, targetGroupsNotFound } from './faults.js';
import { unseen } from './texts.js';

const tagLimit = 50;

const checkKeys = (tags: readonly Checked<Tag>[]): void => {
  const keys = tags.map((tag) => tag.Key);
  const reserved = keys.find((key) => /^aws:/i.test(key));
  if (reserved !== undefined) throw validationError(`Tag key '${reserved}' cannot start with 'aws:'`);
  if (new Set(keys).size < keys.length) throw new AwsFault('DuplicateTagKeys', 'Duplicate Tag Keys found in the request. Tag keys should be unique.');
};

const checkCount = (tags: TagMap): TagMap => {
  if (Object.keys(tags).length > tagLimit) throw unseen.tooManyTags(tagLimit);
  return tags;
};

// fromEntries defines each key, so that a tag called __proto__ is a tag.
const withTags = (before: TagMap, tags: readonly Checked<Tag>[]): TagMap => {
  checkKeys(tags);
  return checkCount(Object.fromEntries([...Object.entries(before), ...tags.map((tag) => [tag.Key, tag.Value ?? ''] as const)]));
};

/** The tags that a create call carries. */
export const tagsOf = (tags: readonly Checked<Tag>[] | undefined): TagMap => withTags({}, tags ?? []);

type Taggable = 'loadBalancers' | 'listeners' | 'targetGroups';
const homes = {
  'load balancer': { table: 'loadBalancers', notFound: loadBalancersNotFound },
  listener: { table: 'listeners', notFound: listenersNotFound },
  'target group': { table: 'targetGroups', notFound: targetGroupsNotFound },
} as const satisfies Record<string, { table: Taggable; notFound: () => AwsFault }>;

const homeOf = (arn: string): { table: Taggable; notFound: () => AwsFault } => {
  const kind = kindOf(arn);
  if (!kind) throw validationError(`'${arn}' must be in ARN format`);
  if (kind === 'listener rule') throw notModelled('tags of listener rules');
  if (kind === 'trust store') throw unseen.trustStoreUnknown(arn);
  return homes[kind];
};

const onlyOne = (arns: readonly string[]): string => {
  const [arn, ...others] = arns;
  if (arn === undefined) throw unseen.resourceMissing();
  if (others.length > 0) throw validationError('Only one resource can be tagged at a time');
  return arn;
};

const changeTags = ({ tx }: WriteContext, arns: readonly string[], change: (tags: TagMap) => TagMap): void => {
  const arn = onlyOne(arns);
  const { table, notFound } = homeOf(arn);
  const record = tx.get(table, arn);
  if (!record) throw notFound();
  tx.put(table, arn, { ...record, tags: change(record.tags) } as never);
};

/** Sets or overwrites tags of one resource. */
export const AddTags = (context: WriteContext, input: Input<'AddTags'>): Output<'AddTags'> => {
  changeTags(context, input.ResourceArns, (tags) => withTags(tags, input.Tags));
  return {};
};

/** Removes tags by key; a key that is not there is no mistake. */
export const RemoveTags = (context: WriteContext, input: Input<'RemoveTags'>): Output<'RemoveTags'> => {
  const gone = new Set(input.TagKeys);
  changeTags(context, input.ResourceArns, (tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
};

const tagsOfResource = ({ read }: Context, arn: string): TagMap => {
  // The controller asks for the tags of default rules too; they never have any.
  if (kindOf(arn) === 'listener rule') {
    if (!read.get('listeners', listenerOfRule(arn))) throw rulesNotFound();
    return {};
  }
  const { table, notFound } = homeOf(arn);
  const record = read.get(table, arn);
  if (!record) throw notFound();
  return record.tags;
};

/** One description for each ARN asked for, in that order. */
export const DescribeTags = (context: Context, input: Input<'DescribeTags'>): Output<'DescribeTags'> => {
  checkDescribeLimit(input.ResourceArns, 'resources');
  const described = input.ResourceArns.map((ResourceArn) => ({ ResourceArn, tags: tagsOfResource(context, ResourceArn) }));
  return {
    TagDescriptions: described.map(({ ResourceArn, tags }) => ({
      ResourceArn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  };
};
