// Starts the nodes of the embedded cluster: registered, running the pods bound to them, forwarding node ports.
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Context } from '../controllers/context.js';
import { standingFor } from '../../ports.js';
import { createGuard } from '../images/guard.js';
import { builtInImages } from '../images/table.js';
import type { Image } from '../images/types.js';
import type { Gateway } from '../dns/gateway.js';
import { createReach, type Outside } from '../dns/reach.js';
import { startProxy } from '../proxy/start.js';
import type { DialHook, ExecHook } from '../streams/types.js';
import type { Api } from '../types.js';
import { placeOf, type PortMap } from './addresses.js';
import { startExec } from './exec.js';
import { startFleet, type Fleet } from './fleet.js';
import { readContainerLog, type LogRequest } from './logs.js';
import { followMachines, type Machines } from './machines.js';
import { planNodes } from './nodes.js';
import { createNodes, markReady, markStopped, renew, renewLeases } from './registration.js';

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
  directory?: string;
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
  dial: DialHook;
  /** Connections that came through node ports, by `namespace/service:nodePort@node`. */
  nodePortConnections(): Record<string, number>;
};

const streamsOf = (fleet: Fleet, loopback: number, podPort: PortMap): Pick<Nodes, 'exec' | 'dial'> => ({
  exec: (request) => startExec(fleet.part(request.namespace, request.pod, request.container), request),
  dial: ({ namespace, pod, port }) => net.connect({ ...placeOf(loopback, podPort, fleet.podIP(namespace, pod) ?? '', port), allowHalfOpen: true }),
});

/** Starts the nodes. Stopping them writes nothing, so that the same pods come back at the same addresses. */
export const startNodes = (api: Api, options: NodeOptions): Nodes => {
  const { clock, loopback, region, podsPerNode, gateway, outside } = options;
  const podPort: PortMap = (port) => standingFor(options.lowestPort ?? 1, port);
  const context: Context = { api, clock, log: options.log.child({ part: 'nodes' }) };
  if (api.list('nodes').length === 0) createNodes(context, planNodes({ count: options.count ?? 3, loopback, region }), podsPerNode);
  const machine = (name: string) => machines?.get(name);
  const directory = options.directory ?? path.join(os.tmpdir(), `nlbox-pods-${process.pid}`);
  const proxy = startProxy(context, { nodes: () => machines?.running() ?? [], loopback, podPort });
  const reach = createReach({ api, loopback, podPort, portFor: proxy.portFor, outside });
  gateway?.use(reach);
  const network = { ...reach, surroundings: gateway?.variables ?? (() => ({})) };
  const fleet = startFleet({ context, images: options.images ?? builtInImages, network, loopback, podPort, guard: createGuard(), directory, machine });
  let machines: Machines | undefined;
  machines = followMachines(context, loopback, {
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
  const leases = renewLeases(context, machines.running);
  return {
    stop: async () => {
      leases.stop();
      machines.stop();
      fleet.stop();
      await proxy.stop();
    },
    logs: (namespace, pod, container) => fleet.part(namespace, pod, container)?.journal.lines(false)?.map(({ text }) => `${text}\n`).join(''),
    readLog: (request) => readContainerLog(fleet.part(request.namespace, request.pod, request.container), clock, request),
    ...streamsOf(fleet, loopback, podPort),
    nodePortConnections: proxy.connections,
  };
};
