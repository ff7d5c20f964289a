// One TargetGroupBinding towards its end state: the targets of its group are the endpoints of its Service.
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { KubeClient } from '../kube/client.js';
import type { Recorder } from '../kube/events.js';
import { addFinalizer, removeFinalizer } from '../kube/finalizer.js';
import type { Informer } from '../kube/informer.js';
import { targetGroupBindings } from '../kube/resources.js';
import type { EndpointSlice, Node, Pod, Service, TargetGroupBinding } from '../kube/types.js';
import type { Log } from '../log.js';
import type { Outcome } from '../loop/queue.js';
import { completeBinding } from './binding-defaults.js';
import { hasCode } from './calls.js';
import { checkpointKey, checkpointOf, checkpointTimeKey, storedCheckpoint } from './checkpoint.js';
import { BackendNotFound, instanceEndpoints, ipEndpoints, type Endpoint, type Resolved } from './endpoints.js';
import type { ControllerFlags } from './flags.js';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Place, Targets } from './targets.js';

export const bindingFinalizer = 'elbv2.k8s.aws/resources';

export type BindingController = {
  client: KubeClient;
  elbv2: Elbv2Api;
  targets: Targets;
  flags: ControllerFlags;
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

const keyOf = ({ metadata }: TargetGroupBinding): string => `${metadata.namespace}/${metadata.name}`;

const resolve = (controller: BindingController, binding: TargetGroupBinding): Resolved => {
  const { services, nodes, pods, flags } = controller;
  const namespace = binding.metadata.namespace;
  const { name } = binding.spec.serviceRef;
  const service = services.get(namespace, name);
  if (binding.spec.targetType === 'instance') return instanceEndpoints(binding, service, nodes.list(), flags.endpointsFailOpen);
  const lookups = { pod: (space: string, pod: string) => pods.get(space, pod), node: (node: string) => nodes.get(undefined, node) };
  return ipEndpoints(binding, service, controller.slicesOf(`${namespace}/${name}`), lookups, flags.endpointsFailOpen);
};

const patched = async (controller: BindingController, binding: TargetGroupBinding, patch: object, subresource?: string): Promise<TargetGroupBinding> => {
  const { namespace, name } = binding.metadata;
  const now = await controller.client.patch<TargetGroupBinding>(targetGroupBindings, namespace, name, patch, subresource);
  controller.bindings.learn(now);
  return now;
};

/** Set before targets change: a pass that dies half-way is then done again in full. */
const blankCheckpoint = async (controller: BindingController, binding: TargetGroupBinding): Promise<void> => {
  if (storedCheckpoint(binding)) await patched(controller, binding, { metadata: { annotations: { [checkpointKey]: '' } } });
};

const saveCheckpoint = (controller: BindingController, binding: TargetGroupBinding, checkpoint: string) => {
  const seconds = String(Math.floor(controller.clock.now() / 1000));
  return patched(controller, binding, { metadata: { annotations: { [checkpointKey]: checkpoint, [checkpointTimeKey]: seconds } } });
};

const saveObserved = async (controller: BindingController, binding: TargetGroupBinding): Promise<void> => {
  const observedGeneration = binding.metadata.generation ?? 1;
  if (binding.status?.observedGeneration !== observedGeneration) await patched(controller, binding, { status: { observedGeneration } }, 'status');
};

const idOf = ({ Id, Port }: TargetDescription): string => `${Id}:${Port}`;

/** What has to go in and out so that the group holds the endpoints and nothing else. */
const difference = (endpoints: Endpoint[], present: TargetDescription[]): { add: Endpoint[]; remove: TargetDescription[] } => {
  const wanted = new Set(endpoints.map(({ id, port }) => `${id}:${port}`));
  const there = new Set(present.map(idOf));
  return { add: endpoints.filter(({ id, port }) => !there.has(`${id}:${port}`)), remove: present.filter((target) => !wanted.has(idOf(target))) };
};

const placeOf = ({ nodes, flags }: BindingController, { spec }: TargetGroupBinding): Place => ({
  vpcId: spec.vpcID ?? flags.vpcId,
  targetType: spec.targetType ?? 'instance',
  zoneOf: ({ pod }) => nodes.get(undefined, pod?.spec?.nodeName ?? '')?.metadata.labels?.['topology.kubernetes.io/zone'],
});

const removeAll = async ({ targets }: BindingController, { spec }: TargetGroupBinding): Promise<void> => {
  const arn = spec.targetGroupARN;
  if (!arn) return;
  try {
    await targets.deregister(arn, await targets.list(arn));
  } catch (error) {
    // A group that is gone, or that never was one, has no targets.
    if (!hasCode(error, 'TargetGroupNotFound', 'ValidationError', 'InvalidTarget')) throw error;
  }
};

const reconcileTargets = async (controller: BindingController, binding: TargetGroupBinding): Promise<Outcome> => {
  const { targets, recorder } = controller;
  if (binding.spec.multiClusterTargetGroup) throw new Error('multi-cluster target groups are not supported by this emulator');
  const { endpoints, unseenPods } = resolve(controller, binding);
  controller.awaitPods(keyOf(binding), unseenPods);
  const checkpoint = checkpointOf(endpoints, binding);
  if (checkpoint === storedCheckpoint(binding)) return 'done';
  const arn = binding.spec.targetGroupARN ?? '';
  const { add, remove } = difference(endpoints, await targets.list(arn));
  if (add.length + remove.length > 0) await blankCheckpoint(controller, binding);
  await targets.deregister(arn, remove);
  await targets.register(arn, add, placeOf(controller, binding));
  await saveObserved(controller, await saveCheckpoint(controller, binding, checkpoint));
  recorder.event(binding, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled');
  return 'done';
};

const reconcile = async (controller: BindingController, binding: TargetGroupBinding): Promise<Outcome> => {
  try {
    const complete = await completeBinding(controller, binding);
    if (complete !== binding) controller.bindings.learn(complete);
    return await reconcileTargets(controller, complete);
  } catch (error) {
    if (!(error instanceof BackendNotFound)) throw error;
    controller.recorder.event(binding, 'Warning', 'BackendNotFound', error.message);
    await blankCheckpoint(controller, binding);
    await removeAll(controller, binding);
    return 'done';
  }
};

const fail = (controller: BindingController, binding: TargetGroupBinding, reason: string, message: string): Outcome => {
  if (controller.signal.aborted) return 'stop';
  controller.recorder.event(binding, 'Warning', reason, message);
  controller.log.warn({ binding: keyOf(binding), reason }, message);
  return 'retry';
};

const failedCleanup = async (controller: BindingController, binding: TargetGroupBinding, error: unknown): Promise<Outcome> => {
  const condition = { type: 'Ready', status: 'False', reason: 'FailedCleanup', message: messageOf(error) };
  await patched(controller, binding, { status: { conditions: [condition] } }, 'status').catch(() => {});
  return fail(controller, binding, 'FailedCleanup', `Failed cleanup due to ${messageOf(error)}`);
};

const cleanUp = async (controller: BindingController, binding: TargetGroupBinding): Promise<Outcome> => {
  if (!binding.metadata.finalizers?.includes(bindingFinalizer)) return 'done';
  try {
    await removeAll(controller, binding);
  } catch (error) {
    return failedCleanup(controller, binding, error);
  }
  try {
    await removeFinalizer({ client: controller.client, resource: targetGroupBindings, object: binding, finalizer: bindingFinalizer });
    return 'done';
  } catch (error) {
    return fail(controller, binding, 'FailedRemoveFinalizer', `Failed remove finalizer due to ${messageOf(error)}`);
  }
};

const claim = async (controller: BindingController, binding: TargetGroupBinding): Promise<TargetGroupBinding | undefined> => {
  const claimed = await addFinalizer({ client: controller.client, resource: targetGroupBindings, object: binding, finalizer: bindingFinalizer });
  if (claimed) controller.bindings.learn(claimed);
  return claimed;
};

/** One pass for `namespace/name`. Failures become events and are tried again. */
export const reconcileBinding = async (controller: BindingController, key: string): Promise<Outcome> => {
  const [namespace = '', name = ''] = key.split('/');
  const binding = controller.bindings.get(namespace, name);
  if (!binding) return 'done';
  if (binding.metadata.deletionTimestamp) return cleanUp(controller, binding);
  let claimed: TargetGroupBinding | undefined;
  try {
    claimed = await claim(controller, binding);
  } catch (error) {
    return fail(controller, binding, 'FailedAddFinalizer', `Failed add finalizer due to ${messageOf(error)}`);
  }
  if (!claimed) return 'done';
  try {
    return await reconcile(controller, claimed);
  } catch (error) {
    return fail(controller, claimed, 'FailedReconcile', `Failed reconcile due to ${messageOf(error)}`);
  }
};
