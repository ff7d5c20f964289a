// What carries this cluster's tags while the Service that it was made for is gone: found, told, and removed when somebody asks.
import { messageOf } from '../errors.js';
import type { Recorder } from '../kube/events.js';
import type { Informer } from '../kube/informer.js';
import type { Service, TargetGroupBinding } from '../kube/types.js';
import { isPendingFinalization, isSupported } from './claims.js';
import type { Deployer } from './deploy-context.js';
import type { Stack } from './model.js';
import { backendTag, clusterTag, stackTag, tagMap } from './tags.js';

/** The group of all load balancers, when there are none. */
export const sharedStack = '(shared)';

/** `stack` is the `namespace/name` of the Service that there was, or `(shared)`. */
export type Orphan = { stack: string; resources: string[] };

export type Orphans = {
  /** As they are now. */
  look(): Promise<Orphan[]>;
  /** Those that the last look found. */
  seen(): Orphan[];
  /** Looks and tells of each one by log and Event. */
  report(): Promise<void>;
  /** Removes all that are there now; resolves with them. Rejects with the first refusal, after which the rest stays. */
  remove(): Promise<Orphan[]>;
  /** One pass of the Service queue for a stack that nobody owns: calls `clear` if that was asked for. */
  pass(stack: string, clear: () => Promise<void>): Promise<void>;
};

type Options = { deployer: Deployer; services: Informer<Service>; recorder: Recorder; enqueue: (stack: string) => void };

export const stackNamed = (stack: string): Stack => {
  const [namespace = '', name = ''] = stack.split('/');
  return { namespace, name };
};

const labelledStack = ({ metadata: { labels = {} } }: TargetGroupBinding): string | undefined => {
  const [namespace, name] = [labels['service.k8s.aws/stack-namespace'], labels['service.k8s.aws/stack-name']];
  return namespace && name ? `${namespace}/${name}` : undefined;
};

/** Stack -> everything of it, in AWS and in the cluster. */
const allStacks = async ({ deployer: { inventory, ec2, flags, bindings } }: Options): Promise<Map<string, string[]>> => {
  const all = new Map(await inventory.stacks());
  const add = (stack: string | undefined, id: string): void => void (stack && all.set(stack, [...(all.get(stack) ?? []), id]));
  const { SecurityGroups } = await ec2.DescribeSecurityGroups({ Filters: [{ Name: 'vpc-id', Values: [flags.vpcId] }, { Name: `tag:${clusterTag}`, Values: [flags.clusterName] }] });
  for (const { GroupId, Tags } of SecurityGroups) add(tagMap(Tags)[stackTag] ?? (backendTag in tagMap(Tags) ? sharedStack : undefined), GroupId);
  for (const binding of bindings.list()) add(labelledStack(binding), `targetgroupbinding/${binding.metadata.namespace}/${binding.metadata.name}`);
  return all;
};

// Load balancers wear the shared group: it can only go after them.
const sharedLast = (a: Orphan, b: Orphan): number =>
  Number(a.stack === sharedStack) - Number(b.stack === sharedStack) || (a.stack < b.stack ? -1 : 1);

/** What is told of one. */
export const orphanText = ({ stack, resources }: Orphan): string => {
  const whose = stack === sharedStack ? 'was shared by load balancers, of which there are none any more' : `belong${resources.length === 1 ? 's' : ''} to the Service ${stack}, which is not there any more`;
  return `${resources.join(', ')} ${whose}; remove with \`npx nlbox orphans --remove\``;
};

const isOwned = ({ services, deployer: { flags } }: Options, stack: string): boolean => {
  const isOurs = (service: Service): boolean => isSupported(service, flags) || isPendingFinalization(service);
  if (stack === sharedStack) return services.list().some(isOurs);
  const { namespace, name } = stackNamed(stack);
  const service = services.get(namespace, name);
  return service !== undefined && isOurs(service);
};

const tell = ({ deployer, recorder }: Options, orphan: Orphan): void => {
  const { stack, resources } = orphan;
  const text = orphanText(orphan);
  deployer.log.warn({ stack, resources }, text);
  if (stack !== sharedStack) recorder.event({ metadata: { ...stackNamed(stack), uid: '', resourceVersion: '', creationTimestamp: '' } }, 'Warning', 'OrphanedResources', text);
};

type Condemned = Map<string, { done: () => void; failed: (error: Error) => void }>;

const execute = async (options: Options, condemned: Condemned, stack: string, clear: () => Promise<void>): Promise<void> => {
  const asked = condemned.get(stack);
  condemned.delete(stack);
  if (!asked) return;
  try {
    // It may have come back since.
    if (!isOwned(options, stack)) await clear();
    asked.done();
  } catch (error) {
    options.deployer.inventory.distrust();
    asked.failed(new Error(`the resources of ${stack} could not all be removed: ${messageOf(error)}`, { cause: error }));
  }
};

/** Works through the Service queue, so that a Service that comes back meanwhile is never worked on at the same time. */
export const createOrphans = (options: Options): Orphans => {
  const condemned: Condemned = new Map();
  let found: Orphan[] = [];
  const look = async (): Promise<Orphan[]> => {
    const stacks = await allStacks(options);
    found = [...stacks].filter(([stack]) => !isOwned(options, stack)).map(([stack, resources]) => ({ stack, resources })).sort(sharedLast);
    return found;
  };
  const condemn = (stack: string): Promise<void> =>
    new Promise((done, failed) => {
      condemned.set(stack, { done, failed });
      options.enqueue(stack);
    });
  return {
    look,
    seen: () => found,
    report: async () => (await look()).forEach((orphan) => tell(options, orphan)),
    remove: async () => {
      const removed = await look();
      for (const { stack } of removed) await condemn(stack);
      await look();
      return removed;
    },
    pass: (stack, clear) => execute(options, condemned, stack, clear),
  };
};
