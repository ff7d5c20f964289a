// What the passes over TargetGroupBindings are handed, and how they write to the object.
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { KubeClient } from '../kube/client.js';
import type { Recorder } from '../kube/events.js';
import type { Informer } from '../kube/informer.js';
import { targetGroupBindings } from '../kube/resources.js';
import type { EndpointSlice, Node, Pod, Service, TargetGroupBinding } from '../kube/types.js';
import type { Log } from '../log.js';
import { checkpointKey, checkpointTimeKey, storedCheckpoint } from './checkpoint.js';
import type { ControllerFlags, Waits } from './flags.js';
import type { Networking } from './networking.js';
import type { Targets } from './targets.js';

export type BindingController = {
  client: KubeClient;
  elbv2: Elbv2Api;
  targets: Targets;
  networking: Networking;
  flags: ControllerFlags;
  waits: Waits;
  clock: Clock;
  log: Log;
  recorder: Recorder;
  bindings: Informer<TargetGroupBinding>;
  services: Informer<Service>;
  nodes: Informer<Node>;
  pods: Informer<Pod>;
  /** Slices of `namespace/service`. */
  slicesOf: (service: string) => EndpointSlice[];
  /** The binding's next pass is due when one of these pods shows up. */
  awaitPods: (binding: string, pods: string[]) => void;
  signal: AbortSignal;
};

/** Writes to the object and lets the cache know at once. */
export const patchBinding = async (controller: BindingController, binding: TargetGroupBinding, patch: object, subresource?: string): Promise<TargetGroupBinding> => {
  const { namespace, name } = binding.metadata;
  const now = await controller.client.patch<TargetGroupBinding>(targetGroupBindings, namespace, name, patch, subresource);
  controller.bindings.learn(now);
  return now;
};

/** Set before targets change: a pass that dies half-way is then done again in full. */
export const blankCheckpoint = async (controller: BindingController, binding: TargetGroupBinding): Promise<void> => {
  if (storedCheckpoint(binding)) await patchBinding(controller, binding, { metadata: { annotations: { [checkpointKey]: '' } } });
};

export const saveCheckpoint = (controller: BindingController, binding: TargetGroupBinding, checkpoint: string) => {
  const seconds = String(Math.floor(controller.clock.now() / 1000));
  return patchBinding(controller, binding, { metadata: { annotations: { [checkpointKey]: checkpoint, [checkpointTimeKey]: seconds } } });
};

/** All is done but for the note of it; an event of its own says so. */
export class StatusNotWritten extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = 'StatusNotWritten';
  }
}

export const saveObserved = async (controller: BindingController, binding: TargetGroupBinding): Promise<void> => {
  const observedGeneration = binding.metadata.generation ?? 1;
  if (binding.status?.observedGeneration === observedGeneration) return;
  await patchBinding(controller, binding, { status: { observedGeneration } }, 'status').catch((error: unknown) => {
    throw new StatusNotWritten(error);
  });
};
