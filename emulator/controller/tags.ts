// The tags by which the controller finds what it made, and how wanted and present tags differ. Pure.
import type { Subject } from './facts.js';
import type { Stack, Tags } from './model.js';

export const clusterTag = 'elbv2.k8s.aws/cluster';
export const stackTag = 'service.k8s.aws/stack';
export const resourceTag = 'service.k8s.aws/resource';
export const legacyClusterTag = 'ingress.k8s.aws/cluster';
export const backendTag = 'elbv2.k8s.aws/resource';

export const stackId = ({ namespace, name }: Stack): string => `${namespace}/${name}`;

/** The tags that say whose an object is. */
export const stackTags = (clusterName: string, stack: Stack): Tags => ({ [clusterTag]: clusterName, [stackTag]: stackId(stack) });

/** Tags of the user and of the flags; the tracking tags are laid over them. */
export const additionalTags = ({ annotations, flags }: Pick<Subject, 'annotations' | 'flags'>): Tags => {
  const given = annotations.get('aws-load-balancer-additional-resource-tags') ?? {};
  const managed = Object.keys(given).find((key) => flags.externalManagedTags.includes(key));
  if (managed !== undefined) throw new Error(`external managed tag key ${managed} cannot be specified on Service`);
  return { ...given, ...flags.defaultTags };
};

/** All tags of one resource of a stack. */
export const resourceTags = (subject: Pick<Subject, 'annotations' | 'flags'>, stack: Stack, resource: string): Tags => ({
  ...additionalTags(subject),
  ...stackTags(subject.flags.clusterName, stack),
  [resourceTag]: resource,
});

const legacy = (clusterName: string): string[] => [
  `kubernetes.io/cluster/${clusterName}`, 'kubernetes.io/cluster-name', 'kubernetes.io/namespace', 'kubernetes.io/ingress-name',
  'kubernetes.io/service-name', 'kubernetes.io/service-port', legacyClusterTag,
];

/** What to add and which keys to remove; tags of AWS, of others by agreement, and old ones of ours stay. */
export const tagChanges = (wanted: Tags, present: Tags, flags: { clusterName: string; externalManagedTags: readonly string[] }): { add: Tags; remove: string[] } => {
  const kept = new Set([...flags.externalManagedTags, ...legacy(flags.clusterName)]);
  return {
    add: Object.fromEntries(Object.entries(wanted).filter(([key, value]) => present[key] !== value)),
    remove: Object.keys(present).filter((key) => !(key in wanted) && !key.startsWith('aws:') && !kept.has(key)).sort(),
  };
};

/** In the order of keys, as create calls send them. */
export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.keys(tags).sort().map((Key) => ({ Key, Value: tags[Key] ?? '' }));

export const tagMap = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Tags =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** The stack that an object's tags name, in today's words or yesterday's; undefined for another cluster's. */
export const stackIn = (tags: Tags, clusterName: string): string | undefined =>
  tags[clusterTag] === clusterName || tags[legacyClusterTag] === clusterName ? tags[stackTag] : undefined;
