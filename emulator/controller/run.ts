// Wires one run of the controller: informers to queues, queues to passes. Everything outside is handed in.
import type { Ec2Api } from '../api/ec2/client.js';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { KubeClient } from '../kube/client.js';
import { installDefinition } from '../kube/crds/install.js';
import { withBindingRules } from '../kube/crds/binding-rules.js';
import { targetGroupBindingDefinition } from '../kube/crds/targetgroupbinding.js';
import { createRecorder } from '../kube/events.js';
import { keyOf } from '../kube/cache.js';
import { createInformer } from '../kube/informer.js';
import { indexBy } from '../kube/lookup.js';
import { endpointSlices, nodes, pods, services, targetGroupBindings, type Resource } from '../kube/resources.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service, TargetGroupBinding } from '../kube/types.js';
import { openWebhooks, type WebhookCertificate } from '../kube/webhooks.js';
import type { Log } from '../log.js';
import { createQueue, type Outcome, type Queue } from '../loop/queue.js';
import { admissionWebhooks, webhookConfiguration } from './admission.js';
import type { BindingController } from './binding-context.js';
import { reconcileBinding } from './bindings.js';
import { reporting } from './calls.js';
import { matters } from './claims.js';
import type { Deployer } from './deploy-context.js';
import { createBackendSecurityGroup } from './facts-securitygroups.js';
import { createZones } from './facts-subnets.js';
import { defaultFlags, defaultWaits, type ControllerFlags, type Waits } from './flags.js';
import { createInventory } from './inventory.js';
import { createNetworking, type Networking } from './networking.js';
import { createOrphans, type Orphans } from './orphans.js';
import { createServerIds, takeWorker } from './quic.js';
import { reconcileService, type ServiceController } from './service.js';
import { createTargets } from './targets.js';
import { watchTriggers } from './triggers.js';

export type RunOptions = {
  kubeconfig: string;
  elbv2: Elbv2Api;
  ec2: Ec2Api;
  clusterName: string;
  vpcId: string;
  region: string;
  clock: Clock;
  log: Log;
  /** Nodes as the controller is to see them; as they are unless given. */
  adaptNode?: (node: Node) => Node;
  /** Lengths of waits; the real controller's unless given. */
  waits?: Partial<Waits>;
  /** Flags of the real controller; its defaults unless given. */
  flags?: Partial<ControllerFlags>;
  /** Given for an API server that reaches this machine's loopback: the controller's webhooks are then served and registered. */
  webhookCertificate?: WebhookCertificate;
};

/** What works at one time; `end` undoes it in the order of use. */
export type Running = { ready: Promise<void>; orphans: Orphans; end: () => Promise<void> };

const workers = 3;

const createInformers = (client: KubeClient, { clock, log, adaptNode }: RunOptions) => {
  const of = <T extends KubeObject>(resource: Resource) => createInformer<T>({ client, resource, clock, log });
  return {
    services: of<Service>(services),
    bindings: of<TargetGroupBinding>(targetGroupBindings),
    slices: of<EndpointSlice>(endpointSlices),
    nodes: createInformer<Node>({ client, resource: nodes, clock, log, ...(adaptNode ? { adapt: adaptNode } : {}) }),
    pods: of<Pod>(pods),
  };
};

const abortOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

/** What both loops stand on: APIs, caches, events, and queues whose passes wait until `open` says that they may run. */
const layGround = (options: RunOptions, client: KubeClient, signal: AbortSignal) => {
  const { clock, log, clusterName, vpcId, region } = options;
  const flags: ControllerFlags = { ...defaultFlags, ...options.flags, clusterName, vpcId, region };
  const informers = createInformers(client, options);
  const synced = Promise.race([Promise.all(Object.values(informers).map((informer) => informer.synced)).then(() => undefined), abortOf(signal)]);
  synced.catch(() => {});
  const recorderOf = (resource: Resource, component: string) => createRecorder({ client, resource, component, clock, log });
  let open: (after: Promise<unknown>) => void = () => {};
  const opened = new Promise<unknown>((resolve) => (open = resolve));
  opened.catch(() => {});
  return {
    client, clock, log, signal, flags, informers, synced, open,
    bindingsIn: indexBy(informers.bindings, ({ metadata: { namespace } }) => (namespace ? [namespace] : [])),
    boundTo: indexBy(informers.bindings, ({ spec: { targetGroupARN } }) => (targetGroupARN ? [targetGroupARN] : [])),
    waits: { ...defaultWaits, ...options.waits },
    elbv2: reporting(options.elbv2, 'Elastic Load Balancing v2', true),
    ec2: reporting(options.ec2, 'EC2', false),
    recorders: { service: recorderOf(services, 'service'), binding: recorderOf(targetGroupBindings, 'targetGroupBinding') },
    queue: (name: string, work: (key: string) => Promise<Outcome>): Queue => createQueue({ name, workers, clock, log, work: async (key) => opened.then(() => work(key)) }),
  };
};

type Ground = ReturnType<typeof layGround>;

const openServices = (ground: Ground, networking: Networking): { queue: Queue; orphans: Orphans } => {
  const { client, clock, log, signal, flags, waits, elbv2, ec2, informers, recorders } = ground;
  const inventory = createInventory(elbv2, flags, clock);
  const deployer: Deployer = { elbv2, ec2, inventory, flags, waits, clock, log, client, bindings: informers.bindings, networking, signal };
  const world = { ec2, inventory, zones: createZones(ec2), backend: createBackendSecurityGroup(ec2, flags), serviceOf: informers.services.get };
  const orphans = createOrphans({ deployer, services: informers.services, recorder: recorders.service, enqueue: (stack) => queue.add(stack) });
  const controller: ServiceController = { deployer, world, client, services: informers.services, recorder: recorders.service, orphans };
  const queue = ground.queue('service', (key) => reconcileService(controller, key));
  informers.services.on((old, now) => {
    if (now && matters(old, now, flags)) queue.add(keyOf(now));
  });
  return { queue, orphans };
};

const openBindings = (ground: Ground, networking: Networking): Queue => {
  const { client, clock, log, signal, flags, waits, elbv2, ec2, informers, recorders } = ground;
  const { bindings, services: all, nodes: machines, pods: running } = informers;
  const queue = ground.queue('targetGroupBinding', (key) => reconcileBinding(controller, key));
  const controller: BindingController = {
    ...watchTriggers(informers, (key) => queue.add(key)),
    client, elbv2, networking, flags, waits, clock, log, signal, recorder: recorders.binding,
    targets: createTargets(elbv2, ec2, clock),
    bindings, services: all, nodes: machines, pods: running,
  };
  return queue;
};

// A real cluster's API server does not reach us, and one that asks in vain refuses its users: there the passes do what they can.
const openAdmission = async ({ webhookCertificate: certificate, log }: RunOptions, ground: Ground): Promise<() => Promise<void>> => {
  const { client, clock, informers } = ground;
  if (certificate) {
    const webhooks = admissionWebhooks({ ...ground, services: informers.services, nextServerId: createServerIds(clock, () => takeWorker(client)) });
    return openWebhooks({ client, name: webhookConfiguration, certificate, webhooks, log });
  }
  log.info({}, 'no admission webhooks on this cluster: readiness gates and QUIC server ids are not injected, TargetGroupBindings are completed and checked after they are stored');
  return async () => {};
};

/** Starts everything that runs for one cluster; ended by `end`, its waits by `signal`. */
export const run = async (options: RunOptions, client: KubeClient, signal: AbortSignal): Promise<Running> => {
  await installDefinition(client, options.webhookCertificate ? targetGroupBindingDefinition : withBindingRules(targetGroupBindingDefinition), signal);
  const ground = layGround(options, client, signal);
  const { informers, recorders, synced, log } = ground;
  const networking = createNetworking({ ...ground, nodes: informers.nodes, bindings: informers.bindings });
  const { queue: serviceQueue, orphans } = openServices(ground, networking);
  const bindingQueue = openBindings(ground, networking);
  for (const informer of Object.values(informers)) informer.start();

  // Webhooks answer from the caches, and passes write what webhooks are asked about: caches, webhooks, passes.
  const admission = synced.then(() => openAdmission(options, ground));
  ground.open(admission);
  synced.then(() => orphans.report()).catch((error: unknown) => log.warn({ err: messageOf(error) }, 'orphans could not be looked for'));
  const end = async (): Promise<void> => {
    await (await admission.catch(() => undefined))?.();
    await Promise.all([serviceQueue.stop(), bindingQueue.stop()]);
    await Promise.all(Object.values(informers).map((informer) => informer.stop()));
    await Promise.all([recorders.service.flush(), recorders.binding.flush()]);
  };
  return { ready: admission.then(() => undefined), orphans, end };
};
