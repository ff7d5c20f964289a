// Tags of load balancers, listeners and target groups: AddTags, RemoveTags, DescribeTags, and the tags of a create call.
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TagMap } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { kindOf, listenerOfRule } from './arns.js';
import { checked, once, type Checks, type Course } from './checked.js';
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

const checkCount = (tags: TagMap): void => {
  if (Object.keys(tags).length > tagLimit) throw unseen.tooManyTags(tagLimit);
};

/** The tags that a resource has with those of a request. */
export const tagsOf = (tags: readonly Checked<Tag>[] = [], before: TagMap = {}): TagMap =>
  // fromEntries defines each key, so that a tag called __proto__ is a tag.
  Object.fromEntries([...Object.entries(before), ...tags.map((tag) => [tag.Key, tag.Value ?? ''] as const)]);

/** The checks of the tags that a request brings to a resource. */
export const tagChecks = (tags: readonly Checked<Tag>[] = [], before: () => TagMap = () => ({})): Checks<'tag keys' | 'number of tags'> => ({
  'tag keys': () => checkKeys(tags),
  'number of tags': () => checkCount(tagsOf(tags, before())),
});

type Taggable = 'loadBalancers' | 'listeners' | 'targetGroups';
const homes = {
  'load balancer': { table: 'loadBalancers', notFound: loadBalancersNotFound },
  listener: { table: 'listeners', notFound: listenersNotFound },
  'target group': { table: 'targetGroups', notFound: targetGroupsNotFound },
} as const satisfies Record<string, { table: Taggable; notFound: () => AwsFault }>;

const checkForm = (arn: string): void => {
  if (!kindOf(arn)) throw validationError(`'${arn}' must be in ARN format`);
};

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

const taggedResource = ({ tx }: WriteContext, arns: readonly string[]) => {
  const arn = once(() => onlyOne(arns));
  const home = once(() => homeOf(arn()));
  const record = once(() => {
    const found = tx.get(home().table, arn());
    if (!found) throw home().notFound();
    return found;
  });
  return {
    tags: () => record().tags,
    checks: { 'one resource': arn, ARN: home, resource: record },
    setTags: (tags: TagMap): void => tx.put(home().table, arn(), { ...record(), tags } as never),
  };
};

/** Sets or overwrites tags of one resource. */
export const AddTags = checked('AddTags', (context: WriteContext, input: Input<'AddTags'>): Course<'AddTags', Output<'AddTags'>> => {
  const { tags, checks, setTags } = taggedResource(context, input.ResourceArns);
  return {
    checks: { ...checks, ...tagChecks(input.Tags, tags) },
    act: () => {
      setTags(tagsOf(input.Tags, tags()));
      return {};
    },
  };
});

/** Removes tags by key; a key that is not there is no mistake. */
export const RemoveTags = checked('RemoveTags', (context: WriteContext, input: Input<'RemoveTags'>): Course<'RemoveTags', Output<'RemoveTags'>> => {
  const { tags, checks, setTags } = taggedResource(context, input.ResourceArns);
  const gone = new Set(input.TagKeys);
  return {
    checks,
    act: () => {
      setTags(Object.fromEntries(Object.entries(tags()).filter(([key]) => !gone.has(key))));
      return {};
    },
  };
});

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

const described = ({ ResourceArn, tags }: { ResourceArn: string; tags: TagMap }) => ({
  ResourceArn,
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});

/** One description for each ARN asked for, in that order. */
export const DescribeTags = checked('DescribeTags', (context: Context, { ResourceArns: arns }: Input<'DescribeTags'>): Course<'DescribeTags', Output<'DescribeTags'>> => {
  const found = once(() => arns.map((ResourceArn) => ({ ResourceArn, tags: tagsOfResource(context, ResourceArn) })));
  return {
    checks: {
      'number asked for': () => checkDescribeLimit(arns, 'resources'),
      ARNs: () => arns.forEach(checkForm),
      resources: found,
    },
    act: () => ({ TagDescriptions: found().map(described) }),
  };
});
