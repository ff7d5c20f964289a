// Starts the nodes of the embedded cluster: registered, running the pods bound to them, forwarding node ports.
import net from 'node:net';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Context } from '../controllers/context.js';
import { standingFor } from '../../ports.js';
import { createGuard } from '../images/guard.js';
import { builtInImages } from '../images/table.js';
import type { Image } from '../images/types.js';
import type { Gateway } from '../dns/gateway.js';
import { createReach, type Outside } from '../dns/reach.js';
import { startProxy, type Proxy } from '../proxy/start.js';
import type { AttachHook, DialHook, ExecHook } from '../streams/types.js';
import type { Api } from '../types.js';
import { placeOf, type PortMap } from './addresses.js';
import { startAttach } from './attach.js';
import { startExec } from './exec.js';
import { startFleet, type Fleet } from './fleet.js';
import { readContainerLog, type LogRequest } from './logs.js';
import { followMachines, type Machines } from './machines.js';
import { planNodes } from './nodes.js';
import type { PodNetwork } from './part.js';
import { createNodes, markReady, markStopped, renew, renewLeases } from './registration.js';
import { serviceLinks } from './service-links.js';

export type NodeOptions = {
  clock: Clock;
  log: Log;
  loopback: number;
  /** The lowest port that this process may open; pods' ports below it listen elsewhere on the pod's address. */
  lowestPort?: number;
  region: string;
  /** Nodes of a cluster that has none yet. */
  count?: number;
  images?: readonly Image[];
  /** Pods that a node takes; an m5.large takes 29. */
  podsPerNode?: number | undefined;
  /** Where pods that run commands have their directories. */
  directory: string;
  /** The way to names of the cluster for commands in pods; without it they have the machine's own names only. */
  gateway?: Gateway;
  /** Finds names that are not the cluster's own. */
  outside?: Outside | undefined;
};

export type Nodes = {
  stop(): Promise<void>;
  /** All that a container's run wrote; undefined when no such container is known here. */
  logs(namespace: string, pod: string, container: string): string | undefined;
  readLog(request: LogRequest): AsyncIterable<string | Uint8Array>;
  exec: ExecHook;
  attach: AttachHook;
  dial: DialHook;
  /** Connections that came through node ports, by `namespace/service:nodePort@node`. */
  nodePortConnections(): Record<string, number>;
  landing: Proxy['landing'];
};

const streamsOf = (fleet: Fleet, loopback: number, podPort: PortMap): Pick<Nodes, 'exec' | 'attach' | 'dial'> => ({
  exec: (request) => startExec(fleet.part(request.namespace, request.pod, request.container), request),
  attach: (request) => startAttach(fleet.part(request.namespace, request.pod, request.container), request),
  dial: ({ namespace, pod, port }) => net.connect({ ...placeOf(loopback, podPort, fleet.podIP(namespace, pod) ?? '', port), allowHalfOpen: true }),
});

/** How pods and the commands in them reach what they name. */
const networkOf = (api: Api, { loopback, gateway, outside }: NodeOptions, podPort: PortMap, { portFor }: Proxy): PodNetwork => {
  const reach = createReach({ api, loopback, podPort, portFor, outside });
  gateway?.use(reach);
  const links = serviceLinks({ api, loopback, portFor });
  return { ...reach, surroundings: (origin, pod) => ({ ...links(pod), ...gateway?.variables(origin) }) };
};

/** Machines as they come and go: their pods and node ports with them. */
const follow = (context: Context, { loopback, podsPerNode }: NodeOptions, fleet: Fleet, proxy: Proxy): Machines =>
  followMachines(context, loopback, {
    started: (one) => {
      markReady(context, one.plan, podsPerNode);
      renew(context, one.plan);
      fleet.started(one);
      proxy.refresh();
    },
    stopped: (plan, gone) => {
      fleet.stopped(plan, gone);
      proxy.refresh();
      if (!gone) markStopped(context, plan);
    },
  });

const linesOf = (fleet: Fleet): Nodes['logs'] => (namespace, pod, container) =>
  fleet.part(namespace, pod, container)?.journal.lines(false)?.map(({ text }) => `${text}\n`).join('');

/** Starts the nodes. Stopping them writes nothing, so that the same pods come back at the same addresses. */
export const startNodes = (api: Api, options: NodeOptions): Nodes => {
  const { clock, loopback, region, podsPerNode } = options;
  const podPort: PortMap = (port) => standingFor(options.lowestPort ?? 1, port);
  const context: Context = { api, clock, log: options.log.child({ part: 'nodes' }) };
  if (api.list('nodes').length === 0) createNodes(context, planNodes({ count: options.count ?? 3, loopback, region }), podsPerNode);
  let machines: Machines | undefined;
  const proxy = startProxy(context, { nodes: () => machines?.running() ?? [], loopback, podPort });
  const network = networkOf(api, options, podPort, proxy);
  const fleet = startFleet({ context, images: options.images ?? builtInImages, network, loopback, podPort, guard: createGuard(), directory: options.directory, machine: (name) => machines?.get(name) });
  const running = (machines = follow(context, options, fleet, proxy));
  const leases = renewLeases(context, running.running);
  return {
    stop: async () => {
      leases.stop();
      running.stop();
      fleet.stop();
      await proxy.stop();
    },
    logs: linesOf(fleet),
    readLog: (request) => readContainerLog(fleet.part(request.namespace, request.pod, request.container), clock, request),
    ...streamsOf(fleet, loopback, podPort),
    nodePortConnections: proxy.connections,
    landing: proxy.landing,
  };
};
