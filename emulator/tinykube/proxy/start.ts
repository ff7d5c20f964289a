// kube-proxy for node ports: every node listens on every node port and forwards to the Service's pods.
import net, { type Server, type Socket } from 'node:net';
import { messageOf } from '../../errors.js';
import type { Context } from '../controllers/context.js';
import { endpointSlices, serviceNameLabel } from '../controllers/endpoints.js';
import { recorder, type Recorder } from '../controllers/events.js';
import type { EndpointSlice, Service, ServicePort } from '../controllers/kinds.js';
import { keyOf, splitKey, workQueue } from '../controllers/queue.js';
import { project } from '../kubelet/addresses.js';
import type { NodePlan } from '../kubelet/nodes.js';
import { backendsOf, isLocal, nodePortsOf, usable, type Backend } from './backends.js';
import { forward } from './forward.js';
import { healthServer } from './health.js';

export type NodePorts = { stop(): Promise<void>; connections(): Record<string, number>; /** The nodes have changed. */ refresh(): void };

type Listener = { server: Server; sockets: Set<Socket> };

type Proxy = {
  context: Context;
  plans(): readonly NodePlan[];
  loopback: number;
  record: Recorder;
  /** By Service key, then by node and port: what is open. */
  open: Map<string, Map<string, Listener>>;
  /** No longer listening, but with connections that go on. */
  lingering: Set<Listener>;
  /** Slices by Service key, dropped when one changes. */
  slices: Map<string, EndpointSlice[]>;
  counts: Map<string, number>;
  turn: { next: number };
  /** Looks at a Service again, after a port could not be opened. */
  again(key: string): void;
};

// A port that someone else holds may become free; nothing tells when.
const retryAfter = 10_000;

const slicesFor = ({ context, slices }: Proxy, key: string): EndpointSlice[] => {
  const known = slices.get(key);
  if (known) return known;
  const [namespace, name] = splitKey(key);
  const found = (context.api.list(endpointSlices, namespace) as EndpointSlice[]).filter(({ metadata }) => metadata.labels?.[serviceNameLabel] === name);
  slices.set(key, found);
  return found;
};

const serviceOf = ({ context }: Proxy, key: string): Service | undefined => context.api.get('services', ...splitKey(key)) as Service | undefined;

/** Round robin over the usable pods, the next ones behind as a second chance. */
const inTurn = ({ turn }: Proxy, backends: readonly Backend[]): Backend[] => {
  const start = backends.length > 0 ? turn.next++ % backends.length : 0;
  return [...backends.slice(start), ...backends.slice(0, start)];
};

const ownedBy = ({ sockets }: Listener) => (socket: Socket): void => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
};

const backendsFor = (proxy: Proxy, key: string, service: Service, port: ServicePort, node: NodePlan): Backend[] =>
  usable(backendsOf(slicesFor(proxy, key), port), node.name, isLocal(service));

const accept = (proxy: Proxy, key: string, node: NodePlan, nodePort: number, listener: Listener) => (client: Socket): void => {
  const own = ownedBy(listener);
  own(client);
  const count = `${key}:${nodePort}@${node.name}`;
  proxy.counts.set(count, (proxy.counts.get(count) ?? 0) + 1);
  const service = serviceOf(proxy, key);
  const port = service && nodePortsOf(service).find((one) => one.nodePort === nodePort);
  const local = service !== undefined && isLocal(service);
  const backends = port ? inTurn(proxy, backendsFor(proxy, key, service, port, node)) : [];
  const from = local ? (client.remoteAddress ?? node.listen) : node.listen;
  forward(client, { backends, from, project: (address) => project(proxy.loopback, address), own });
};

const localHealth = (proxy: Proxy, key: string, node: NodePlan) => () => {
  const [namespace, name] = splitKey(key);
  const service = serviceOf(proxy, key);
  const port: ServicePort | undefined = service?.spec.ports?.[0];
  const near = port ? backendsOf(slicesFor(proxy, key), port).filter((backend) => backend.ready && backend.nodeName === node.name) : [];
  return { namespace, name, localEndpoints: near.length };
};

type Wanted = { node: NodePlan; port: number; health: boolean };

const nameOf = ({ node, port, health }: Wanted): string => `${node.name}:${port}:${health}`;

const failed = (proxy: Proxy, key: string, want: Wanted, error: unknown): void => {
  const { node, port } = want;
  const service = serviceOf(proxy, key);
  proxy.context.log.warn({ service: key, node: node.name, port, error: messageOf(error) }, 'node port not open');
  if (service) proxy.record(service, 'Warning', 'FailedToOpenNodePort', `node port ${port} of ${node.name} (${node.listen}:${port}) cannot be opened: ${messageOf(error)}`);
  proxy.open.get(key)?.delete(nameOf(want));
  proxy.again(key);
};

const listen = (proxy: Proxy, key: string, want: Wanted): Listener => {
  const { node, port, health } = want;
  const server: Server = health ? healthServer(localHealth(proxy, key, node)) : net.createServer({ allowHalfOpen: true, noDelay: true });
  const listener: Listener = { server, sockets: new Set() };
  if (health) server.on('connection', ownedBy(listener));
  else server.on('connection', accept(proxy, key, node, port, listener));
  server.on('error', (error) => failed(proxy, key, want, error));
  server.listen({ host: node.listen, port });
  return listener;
};

const close = ({ server, sockets }: Listener): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });

/** Stops listening; as with the real kube-proxy, connections that stand go on. */
const release = ({ lingering }: Proxy, listener: Listener): void => {
  lingering.add(listener);
  listener.server.close(() => lingering.delete(listener));
};

// Without a pod to forward to a node port refuses, so that a TCP health check fails as it should.
const served = (proxy: Proxy, service: Service): Wanted[] =>
  nodePortsOf(service).flatMap((port) =>
    proxy.plans().filter((node) => backendsFor(proxy, keyOf(service), service, port, node).length > 0).map((node) => ({ node, port: port.nodePort, health: false })));

/** What should be open for a Service, by a name that changes when the listener has to. */
const wanted = (proxy: Proxy, service: Service | undefined): Map<string, Wanted> => {
  if (!service) return new Map();
  const healthPort = isLocal(service) ? service.spec.healthCheckNodePort : undefined;
  const health = healthPort === undefined ? [] : proxy.plans().map((node) => ({ node, port: healthPort, health: true }));
  return new Map([...served(proxy, service), ...health].map((one) => [nameOf(one), one]));
};

const reconcile = (proxy: Proxy, key: string): void => {
  const want = wanted(proxy, serviceOf(proxy, key));
  const have = proxy.open.get(key) ?? new Map<string, Listener>();
  for (const [name, listener] of have) {
    if (want.has(name)) continue;
    release(proxy, listener);
    have.delete(name);
  }
  for (const [name, one] of want) if (!have.has(name)) have.set(name, listen(proxy, key, one));
  if (want.size > 0) proxy.open.set(key, have);
  else proxy.open.delete(key);
};

/** Starts listening for all Services that have node ports. */
export const startNodePorts = (context: Context, options: { plans(): readonly NodePlan[]; loopback: number }): NodePorts => {
  const { api, clock, log } = context;
  const proxy: Proxy = { context, ...options, record: recorder(context, 'kube-proxy'), open: new Map(), lingering: new Set(), slices: new Map(), counts: new Map(), turn: { next: 0 }, again: (key) => queue.addAfter(key, retryAfter) };
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(proxy, key) });
  const unwatch = [
    api.watch('services', ({ object }) => queue.add(keyOf(object))),
    api.watch(endpointSlices, ({ object }) => {
      const key = `${object.metadata.namespace ?? ''}/${object.metadata.labels?.[serviceNameLabel] ?? ''}`;
      proxy.slices.delete(key);
      queue.add(key);
    }),
  ];
  for (const service of api.list('services')) queue.add(keyOf(service));
  return {
    stop: async () => {
      for (const stop of unwatch) stop();
      queue.stop();
      const listening = [...proxy.open.values()].flatMap((listeners) => [...listeners.values()]);
      for (const { sockets } of proxy.lingering) for (const socket of sockets) socket.destroy();
      await Promise.all(listening.map(close));
    },
    connections: () => Object.fromEntries(proxy.counts),
    refresh: () => {
      for (const service of api.list('services')) queue.add(keyOf(service));
    },
  };
};
