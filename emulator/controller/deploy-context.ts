// What the deploy-* files are handed, and what several of them do alike.
import type { Ec2Api } from '../api/ec2/client.js';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import type { KubeClient } from '../kube/client.js';
import type { Informer } from '../kube/informer.js';
import type { TargetGroupBinding } from '../kube/types.js';
import type { Log } from '../log.js';
import type { ControllerFlags, Waits } from './flags.js';
import type { Inventory, Tagged } from './inventory.js';
import type { Attributes, Tags } from './model.js';
import type { Networking } from './networking.js';
import { resourceTag, tagChanges, tagList } from './tags.js';

export type Deployer = {
  elbv2: Elbv2Api;
  ec2: Ec2Api;
  inventory: Inventory;
  flags: ControllerFlags;
  waits: Waits;
  clock: Clock;
  log: Log;
  client: KubeClient;
  bindings: Informer<TargetGroupBinding>;
  networking: Pick<Networking, 'dropSource'>;
  /** Aborted when the controller stops; ends waits. */
  signal: AbortSignal;
};

export const sleepOf = ({ clock, signal }: Pick<Deployer, 'clock' | 'signal'>) => (ms: number): Promise<void> => clock.sleep(ms, signal);

/** The resource that a found object is; one without the tag was made by nobody we know. */
export const resourceIdOf = (kind: string, { arn, tags }: Pick<Tagged<unknown>, 'arn' | 'tags'>): string => {
  const id = tags[resourceTag];
  if (id === undefined) throw new Error(`unexpected ${kind} with no resourceID: ${arn}`);
  return id;
};

/** AddTags and RemoveTags until an ELBv2 resource has the wanted tags; foreign tags go. */
export const reconcileTags = async ({ elbv2, inventory, flags }: Deployer, arn: string, wanted: Tags, present: Tags): Promise<void> => {
  const { add, remove } = tagChanges(wanted, present, flags);
  if (Object.keys(add).length > 0) await elbv2.AddTags({ ResourceArns: [arn], Tags: tagList(add) });
  if (remove.length > 0) await elbv2.RemoveTags({ ResourceArns: [arn], TagKeys: remove });
  if (Object.keys(add).length === 0 && remove.length === 0) return;
  const kept = Object.entries(present).filter(([key]) => !remove.includes(key));
  inventory.learn(arn, { ...Object.fromEntries(kept), ...add });
};

export type AttributeList = { Key?: string | undefined; Value?: string | undefined }[];

export const attributeMap = (attributes: AttributeList | undefined): Attributes =>
  Object.fromEntries((attributes ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

export const attributeList = (attributes: Attributes): { Key: string; Value: string }[] =>
  Object.keys(attributes).sort().map((Key) => ({ Key, Value: attributes[Key] ?? '' }));
