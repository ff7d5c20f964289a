// The targets of one binding's group: found, compared, taken out, put in, and told to the pods that ask.
import { messageOf } from '../errors.js';
import { keyOf } from '../kube/cache.js';
import type { Pod, TargetGroupBinding } from '../kube/types.js';
import type { Outcome } from '../loop/queue.js';
import { blankCheckpoint, saveCheckpoint, saveObserved, type BindingController } from './binding-context.js';
import { checkpointAge, checkpointOf, storedCheckpoint } from './checkpoint.js';
import { instanceEndpoints, ipEndpoints, type Endpoint, type Resolved } from './endpoints.js';
import { gateOf, isWaiting, justRegistered, tellHealth } from './readiness.js';
import { isShared, ownTargets, saveOwnTargets } from './multicluster.js';
import { serverIdOf } from './quic.js';
import type { Place, Registered } from './targets.js';

const resolve = (controller: BindingController, binding: TargetGroupBinding): Resolved => {
  const { services, nodes, pods, flags } = controller;
  const namespace = binding.metadata.namespace;
  const { name } = binding.spec.serviceRef;
  const service = services.get(namespace, name);
  if (binding.spec.targetType === 'instance') return instanceEndpoints(binding, service, nodes.list(), flags.endpointsFailOpen);
  const lookups = { pod: (space: string, pod: string) => pods.get(space, pod), node: (node: string) => nodes.get(undefined, node), serverId: (pod: Pod) => serverIdOf(pod, flags.quicEnvironmentVariableName) };
  return ipEndpoints(binding, service, controller.slicesOf(`${namespace}/${name}`), lookups, flags.endpointsFailOpen);
};

type Difference = { add: Endpoint[]; keep: { endpoint: Endpoint; present: Registered }[]; remove: Registered[] };

const idOf = ({ id, port }: Endpoint): string => `${id}:${port}`;
const registeredId = ({ target: { Id, Port } }: Registered): string => `${Id}:${Port}`;

/** A target with another server id is another target. */
const matchOf = (id: string, quicServerId: string | undefined): string => (quicServerId === undefined ? id : `${id}:${quicServerId}`);

/** What has to go in and out so that the group holds the endpoints and, of those that are `own`, nothing else. */
const difference = (endpoints: Endpoint[], present: Registered[], own: Set<string> | undefined | 'all'): Difference => {
  const wanted = new Map(endpoints.map((endpoint) => [matchOf(idOf(endpoint), endpoint.quicServerId), endpoint]));
  const there = new Map(present.map((one) => [matchOf(registeredId(one), one.target.QuicServerId), one]));
  return {
    add: [...wanted].filter(([id]) => !there.has(id)).map(([, endpoint]) => endpoint),
    keep: [...wanted].flatMap(([id, endpoint]) => {
      const one = there.get(id);
      return one ? [{ endpoint, present: one }] : [];
    }),
    remove: [...there].filter(([id, one]) => !wanted.has(id) && (own === 'all' || own?.has(registeredId(one)))).map(([, one]) => one),
  };
};

const placeOf = ({ nodes, flags }: BindingController, { spec }: TargetGroupBinding): Place => ({
  vpcId: spec.vpcID ?? flags.vpcId,
  targetType: spec.targetType ?? 'instance',
  zoneOf: ({ pod }) => nodes.get(undefined, pod?.spec?.nodeName ?? '')?.metadata.labels?.['topology.kubernetes.io/zone'],
});

const halfHour = 30 * 60_000;

/** An equal checkpoint makes a pass free, but not for ever: targets may have been changed behind our back. */
const isDone = ({ clock }: BindingController, binding: TargetGroupBinding, endpoints: Endpoint[], checkpoint: string): boolean =>
  checkpoint === storedCheckpoint(binding) &&
  checkpointAge(binding, clock.now()) < halfHour &&
  !(binding.spec.targetType === 'ip' && endpoints.some(({ pod }) => isWaiting(pod, gateOf(binding))));

/** What the group takes of what is to go in. Where it holds too many already, nothing: the real controller panics there. */
const capped = ({ flags: { maxTargetsPerTargetGroup: most } }: BindingController, { add, ...rest }: Difference): Difference =>
  ({ ...rest, add: most > 0 ? add.slice(0, Math.max(most - rest.keep.length, 0)) : add });

const applyDifference = async (controller: BindingController, binding: TargetGroupBinding, { add, remove }: Difference, between?: () => Promise<void>): Promise<void> => {
  const arn = binding.spec.targetGroupARN ?? '';
  if (add.length + remove.length === 0) return between?.();
  await blankCheckpoint(controller, binding);
  await controller.targets.deregister(arn, remove.map(({ target }) => target));
  await between?.();
  await controller.targets.register(arn, add, placeOf(controller, binding));
};

const tellPods = (controller: BindingController, binding: TargetGroupBinding, { add, keep }: Difference): Promise<boolean> => {
  if (binding.spec.targetType !== 'ip') return Promise.resolve(true);
  return tellHealth(controller, binding, [
    ...keep.map(({ endpoint: { pod }, present: { health } }) => ({ ...(pod ? { pod } : {}), health })),
    ...add.map(({ pod }) => ({ ...(pod ? { pod } : {}), health: justRegistered })),
  ]);
};

/** Pods are registered even where their rules cannot be set; instances are not. False: to be tried again. */
const openNetwork = async ({ networking, recorder }: BindingController, binding: TargetGroupBinding, endpoints: Endpoint[]): Promise<boolean> => {
  try {
    await networking.allow(binding, endpoints);
    return true;
  } catch (error) {
    if (binding.spec.targetType !== 'ip') throw error;
    recorder.event(binding, 'Warning', 'FailedNetworkReconcile', messageOf(error));
    return false;
  }
};

/** A pass that a checkpoint makes free still says, once since the start, which rules its binding needs: others wait for that. */
const restUntilStale = async (controller: BindingController, binding: TargetGroupBinding, endpoints: Endpoint[]): Promise<Outcome> => {
  const open = controller.networking.knows(binding) || (await openNetwork(controller, binding, endpoints));
  return { after: open ? halfHour * (1 + Math.random() / 2) : controller.waits.networkingRequeue };
};

/** One pass over the targets; throws BackendNotFound when there is nothing to point to. */
export const reconcileTargets = async (controller: BindingController, binding: TargetGroupBinding): Promise<Outcome> => {
  const { endpoints, unseenPods } = resolve(controller, binding);
  controller.awaitPods(keyOf(binding), unseenPods);
  const checkpoint = checkpointOf(endpoints, binding);
  if (isDone(controller, binding, endpoints, checkpoint)) return restUntilStale(controller, binding, endpoints);
  const own = isShared(binding) ? await ownTargets(controller, binding) : 'all';
  const changes = capped(controller, difference(endpoints, await controller.targets.list(binding.spec.targetGroupARN ?? ''), own));
  const isOpen = await openNetwork(controller, binding, endpoints);
  await applyDifference(controller, binding, changes, own === 'all' ? undefined : () => saveOwnTargets(controller, binding, own, endpoints.map(idOf)));
  if (!(await tellPods(controller, binding, changes))) return { after: controller.waits.bindingRequeue };
  if (!isOpen) return { after: controller.waits.networkingRequeue };
  await saveObserved(controller, await saveCheckpoint(controller, binding, checkpoint));
  controller.recorder.event(binding, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled');
  return 'done';
};
