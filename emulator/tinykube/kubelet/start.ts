// Starts the nodes of the embedded cluster: registered, running the pods bound to them, forwarding node ports.
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { recorder, type Recorder } from '../controllers/events.js';
import type { Context } from '../controllers/context.js';
import type { Pod } from '../controllers/kinds.js';
import { isOver } from '../controllers/pods.js';
import { keyOf, workQueue } from '../controllers/queue.js';
import { builtInImages } from '../images/table.js';
import type { Image } from '../images/types.js';
import { startNodePorts } from '../proxy/start.js';
import type { Api } from '../types.js';
import { freeAddress, project, unproject } from './addresses.js';
import { planNodes, type NodePlan } from './nodes.js';
import { startPod, type PodLife } from './pod.js';
import { registerNodes } from './registration.js';

export type NodeOptions = { clock: Clock; log: Log; loopback: number; region: string; count?: number; images?: readonly Image[] };

export type Nodes = {
  stop(): Promise<void>;
  /** What a container wrote; undefined when no such container is known here. */
  logs(namespace: string, pod: string, container: string): string | undefined;
  /** Connections that came through node ports, by `namespace/service:nodePort@node`. */
  nodePortConnections(): Record<string, number>;
};

type Fleet = { context: Context; options: NodeOptions; plans: Map<string, NodePlan>; recorders: Map<string, Recorder>; pods: Map<string, { life: PodLife; key: string }> };

/** The pod's address from before, or a free one of its node's subnet. */
const addressFor = ({ context, plans, pods }: Fleet, pod: Pod, node: NodePlan): string | undefined => {
  if (pod.spec.hostNetwork) return node.address;
  if (pod.status?.podIP) return pod.status.podIP;
  const taken = new Set([...plans.values()].map(({ address }) => address));
  for (const other of context.api.list('pods') as Pod[]) if (other.status?.podIP) taken.add(other.status.podIP);
  for (const { life } of pods.values()) taken.add(life.podIP);
  return freeAddress({ thirdOctet: node.subnet }, keyOf(pod), (address) => taken.has(address));
};

const begin = (fleet: Fleet, pod: Pod, node: NodePlan): void => {
  const { context, options, recorders, pods } = fleet;
  const record = recorders.get(node.name);
  const podIP = addressFor(fleet, pod, node);
  if (!record) return;
  if (!podIP) return record(pod, 'Warning', 'FailedCreatePodSandBox', `no free address in the subnet of ${node.name}`);
  const images = options.images ?? builtInImages;
  const listen = project(options.loopback, podIP);
  const life = startPod({ api: context.api, clock: context.clock, images, node, record, podIP, listen, unproject: (address) => unproject(options.loopback, address) }, pod);
  pods.set(pod.metadata.uid, { life, key: keyOf(pod) });
};

/** Brings what runs in line with one pod of the API: nil means it is gone. */
const reconcile = (fleet: Fleet, key: string): void => {
  const [namespace = '', name = ''] = key.split('/');
  const pod = fleet.context.api.get('pods', namespace, name) as Pod | undefined;
  for (const [uid, known] of fleet.pods) {
    if (known.key !== key || uid === pod?.metadata.uid) continue;
    known.life.kill();
    fleet.pods.delete(uid);
  }
  const node = pod && fleet.plans.get(pod.spec.nodeName ?? '');
  if (!pod || !node || isOver(pod)) return;
  const known = fleet.pods.get(pod.metadata.uid);
  if (known) known.life.update(pod);
  else begin(fleet, pod, node);
};

const startFleet = (fleet: Fleet): (() => void) => {
  const { api, clock, log } = fleet.context;
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(fleet, key) });
  const unwatch = api.watch('pods', ({ object }) => queue.add(keyOf(object)));
  for (const pod of api.list('pods')) queue.add(keyOf(pod));
  return () => {
    unwatch();
    queue.stop();
    for (const { life } of fleet.pods.values()) life.kill();
    fleet.pods.clear();
  };
};

/** Starts the nodes. Stopping them writes nothing, so that the same pods come back at the same addresses. */
export const startNodes = (api: Api, options: NodeOptions): Nodes => {
  const context: Context = { api, clock: options.clock, log: options.log.child({ part: 'nodes' }) };
  const plans = planNodes({ count: options.count ?? 3, loopback: options.loopback, region: options.region });
  const registration = registerNodes(context, plans);
  const recorders = new Map(plans.map((plan) => [plan.name, recorder(context, 'kubelet', plan.name)]));
  const fleet: Fleet = { context, options, plans: new Map(plans.map((plan) => [plan.name, plan])), recorders, pods: new Map() };
  const stopFleet = startFleet(fleet);
  const nodePorts = startNodePorts(context, { plans, loopback: options.loopback });
  return {
    stop: async () => {
      registration.stop();
      stopFleet();
      await nodePorts.stop();
    },
    logs: (namespace, pod, container) => [...fleet.pods.values()].find(({ key }) => key === `${namespace}/${pod}`)?.life.logs(container),
    nodePortConnections: nodePorts.connections,
  };
};
