// Wires the controller: informers to queues, queues to passes. Everything outside is handed in.
import type { Ec2Api } from '../api/ec2/client.js';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import { createKubeClient, type KubeClient } from '../kube/client.js';
import { installDefinition } from '../kube/crds/install.js';
import { targetGroupBindingDefinition } from '../kube/crds/targetgroupbinding.js';
import { createRecorder } from '../kube/events.js';
import { createInformer, keyOf } from '../kube/informer.js';
import { endpointSlices, nodes, pods, services, targetGroupBindings, type Resource } from '../kube/resources.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service, TargetGroupBinding } from '../kube/types.js';
import { openWebhooks, type WebhookCertificate } from '../kube/webhooks.js';
import type { Log } from '../log.js';
import { createQueue, type Outcome } from '../loop/queue.js';
import { admissionWebhooks, webhookConfiguration, type AdmissionFacts } from './admission.js';
import type { BindingController } from './binding-context.js';
import { reconcileBinding } from './bindings.js';
import { reporting } from './calls.js';
import { matters } from './claims.js';
import { createBackendSecurityGroup } from './facts-securitygroups.js';
import { createZones } from './facts-subnets.js';
import { defaultFlags, defaultWaits, type ControllerFlags, type Waits } from './flags.js';
import { createInventory } from './inventory.js';
import { createNetworking } from './networking.js';
import { createOrphans, type Orphan, type Orphans } from './orphans.js';
import { createServerIds, takeWorker } from './quic.js';
import { reconcileService, type ServiceController } from './service.js';
import { createTargets } from './targets.js';
import { watchTriggers } from './triggers.js';

export type ControllerOptions = {
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

export type Controller = {
  /** Ends all watches and passes; nothing is deleted. */
  stop(): Promise<void>;
  /** Resolves when the caches are full and passes run; rejects when the cluster cannot be used. */
  ready: Promise<void>;
  /** What is left of Services that are gone; empty before the controller is ready. */
  orphans: { seen(): Orphan[]; look(): Promise<Orphan[]>; remove(): Promise<Orphan[]> };
};

const workers = 3;
/** How long `stop` waits for passes that are under way, in ms. */
const patience = 5_000;

const createInformers = (client: KubeClient, { clock, log, adaptNode }: ControllerOptions) => {
  const of = <T extends KubeObject>(resource: Resource) => createInformer<T>({ client, resource, clock, log });
  return {
    services: of<Service>(services),
    bindings: of<TargetGroupBinding>(targetGroupBindings),
    slices: of<EndpointSlice>(endpointSlices),
    nodes: createInformer<Node>({ client, resource: nodes, clock, log, ...(adaptNode ? { adapt: adaptNode } : {}) }),
    pods: of<Pod>(pods),
  };
};

type Running = { ready: Promise<void>; orphans: Orphans; end: () => Promise<void> };

const abortOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

// A real cluster's API server does not reach us, and one that asks in vain refuses its users: there the passes do what they can.
const openAdmission = async ({ webhookCertificate: certificate, log }: ControllerOptions, client: KubeClient, facts: AdmissionFacts): Promise<() => Promise<void>> => {
  if (certificate) return openWebhooks({ client, name: webhookConfiguration, certificate, webhooks: admissionWebhooks(facts), log });
  log.info({}, 'no admission webhooks on this cluster: readiness gates and QUIC server ids are not injected, TargetGroupBindings are completed and checked after they are stored');
  return async () => {};
};

/** Everything that runs for one cluster; `end` undoes it in the order of use. */
const run = async (options: ControllerOptions, client: KubeClient, signal: AbortSignal): Promise<Running> => {
  const { clock, log, clusterName, vpcId, region } = options;
  const flags: ControllerFlags = { ...defaultFlags, ...options.flags, clusterName, vpcId, region };
  const waits = { ...defaultWaits, ...options.waits };
  const elbv2 = reporting(options.elbv2, 'Elastic Load Balancing v2', true);
  const ec2 = reporting(options.ec2, 'EC2', false);
  const inventory = createInventory(elbv2, flags, clock);
  await installDefinition(client, targetGroupBindingDefinition, signal);

  const informers = createInformers(client, options);
  const recorderOf = (resource: Resource, component: string) => createRecorder({ client, resource, component, clock, log });
  const recorders = { service: recorderOf(services, 'service'), binding: recorderOf(targetGroupBindings, 'targetGroupBinding') };
  const synced = Promise.race([Promise.all(Object.values(informers).map((informer) => informer.synced)).then(() => undefined), abortOf(signal)]);
  synced.catch(() => {});
  // Passes look into all caches, so none runs before all are full.
  const queue = (name: string, work: (key: string) => Promise<Outcome>) =>
    createQueue({ name, workers, clock, log, work: async (key) => synced.then(() => work(key)) });

  const networking = createNetworking({ ec2, flags, clock, nodes: informers.nodes, bindings: informers.bindings });
  const deployer = { elbv2, ec2, inventory, flags, waits, clock, log, client, bindings: informers.bindings, networking, signal };
  const world = { ec2, inventory, zones: createZones(ec2), backend: createBackendSecurityGroup(ec2, flags), serviceOf: informers.services.get };
  const orphans = createOrphans({ deployer, services: informers.services, recorder: recorders.service, enqueue: (stack) => serviceQueue.add(stack) });
  const serviceController: ServiceController = { deployer, world, client, services: informers.services, recorder: recorders.service, orphans };
  const serviceQueue = queue('service', (key) => reconcileService(serviceController, key));
  informers.services.on((old, now) => {
    if (now && matters(old, now, flags)) serviceQueue.add(keyOf(now));
  });

  const bindingQueue = queue('targetGroupBinding', (key) => reconcileBinding(bindingController, key));
  const triggers = watchTriggers(informers, (key) => bindingQueue.add(key));
  const bindingController: BindingController = {
    ...triggers, client, elbv2, networking, flags, waits, clock, log, signal, recorder: recorders.binding,
    targets: createTargets(elbv2, ec2, clock),
    bindings: informers.bindings, services: informers.services, nodes: informers.nodes, pods: informers.pods,
  };

  for (const informer of Object.values(informers)) informer.start();
  // Which gates a pod needs is in the caches: nobody is asked before they are full.
  const admission = synced.then(() => openAdmission(options, client, { elbv2, flags, bindings: informers.bindings, services: informers.services, nextServerId: createServerIds(clock, () => takeWorker(client)) }));
  admission.catch(() => {});
  synced.then(() => orphans.report()).catch((error: unknown) => log.warn({ err: messageOf(error) }, 'orphans could not be looked for'));
  const end = async (): Promise<void> => {
    await (await admission.catch(() => undefined))?.();
    await Promise.all([serviceQueue.stop(), bindingQueue.stop()]);
    await Promise.all(Object.values(informers).map((informer) => informer.stop()));
    await Promise.all([recorders.service.flush(), recorders.binding.flush()]);
  };
  return { ready: admission.then(() => undefined), orphans, end };
};

/** Starts the AWS Load Balancer Controller against one cluster. */
export const startController = async (options: ControllerOptions): Promise<Controller> => {
  const stopping = new AbortController();
  const client = await createKubeClient(options.kubeconfig);
  const running = run(options, client, stopping.signal);
  const ready = running.then((one) => one.ready);
  ready.catch((error: unknown) => {
    if (!stopping.signal.aborted) options.log.error({ err: messageOf(error) }, 'the controller could not start');
  });
  let orphans: Orphans | undefined;
  running.then((one) => (orphans = one.orphans), () => {});
  return {
    ready,
    orphans: { seen: () => orphans?.seen() ?? [], look: async () => (await running).orphans.look(), remove: async () => (await running).orphans.remove() },
    stop: async () => {
      stopping.abort(new Error('the controller is stopped'));
      const started = await running.catch(() => undefined);
      // A cluster that no longer answers must not keep us: closing the client ends what still hangs.
      const ended = new AbortController();
      await Promise.race([started?.end().finally(() => ended.abort()), options.clock.sleep(patience, ended.signal).catch(() => {})]);
      client.close();
    },
  };
};
