// kube-proxy: every node listens on every node port, every cluster address on its ports, and both forward to the Service's pods.
import { messageOf } from '../../errors.js';
import type { Context } from '../controllers/context.js';
import { endpointSlices, serviceNameLabel } from '../controllers/endpoints.js';
import { recorder, type Recorder } from '../controllers/events.js';
import type { Pod, Service } from '../controllers/kinds.js';
import { keyOf, splitKey, workQueue } from '../controllers/queue.js';
import { placeOf, unproject, type PortMap } from '../kubelet/addresses.js';
import type { NodePlan } from '../kubelet/nodes.js';
import type { Backend, Place } from './backends.js';
import { createDirectory, type Directory } from './directory.js';
import { healthServer } from './health.js';
import { listenTcp, listenWith, type Listener, type Route } from './listener.js';
import { listenUdp } from './udp.js';
import { tcpId, wantsOf, type Want } from './wants.js';

export type Proxy = {
  stop(): Promise<void>;
  /** Connections that came through node ports, by `namespace/service:nodePort@node`. */
  connections(): Record<string, number>;
  /** The nodes have changed. */
  refresh(): void;
  /** The port that stands for one that needs privileges, on the same loopback address. */
  portFor(host: string, port: number): number;
  /** Where a connection to a port of a Service would end; undefined for any other. */
  landing(to: Place, client: string): Landing | undefined;
};

/** The end of a connection, and from where the pod sees it come. */
export type Landing = Place & { localAddress: string };

type State = {
  context: Context;
  nodes(): readonly NodePlan[];
  loopback: number;
  podPort: PortMap;
  record: Recorder;
  directory: Directory;
  /** By Service key, then by what is listened on. */
  open: Map<string, Map<string, Listener>>;
  /** No longer listening, but with connections that go on. */
  lingering: Set<Listener>;
  /** How clients are sent on, by what is listened on. */
  routes: Map<string, (client: string) => Route>;
  counts: Map<string, number>;
  /** By `address:port`. */
  elsewhere: Map<string, number>;
  /** Looks at a Service again, after a port could not be opened. */
  again(key: string): void;
};

// A port that someone else holds may become free; nothing tells when.
const retryAfter = 10_000;

const failed = (state: State, key: string, { id, host, port, node }: Want, error: unknown): void => {
  const service = state.directory.service(key);
  const what = node ? `node port ${port} of ${node.name}` : `port ${port} of the cluster address`;
  state.context.log.warn({ service: key, host, port, error: messageOf(error) }, 'a port of a Service is not open');
  if (service) state.record(service, 'Warning', node ? 'FailedToOpenNodePort' : 'FailedToOpenClusterIP', `${what} (${host}:${port}) cannot be opened: ${messageOf(error)}`);
  state.open.get(key)?.delete(id);
  state.routes.delete(id);
  state.again(key);
};

const counted = ({ counts }: State, key: string, { node, port }: Want): void => {
  if (!node) return;
  const name = `${key}:${port}@${node.name}`;
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

const health = ({ directory }: State, key: string, node: string) => () => {
  const [namespace, name] = splitKey(key);
  return { namespace, name, localEndpoints: directory.readyOn(key, node) };
};

const placed = ({ loopback, podPort }: State, { address, port }: Backend): Place => placeOf(loopback, podPort, address, port);

const listen = (state: State, key: string, want: Want): Listener => {
  const { host, port, node, servicePort, udp } = want;
  const at = { host, port, failed: (error: unknown) => failed(state, key, want, error) };
  if (node && !servicePort) return listenWith(healthServer(health(state, key, node.name)), at);
  const onward = state.directory.routes(key, want);
  const carried = { ...at, place: (backend: Backend) => placed(state, backend) };
  if (udp) return listenUdp({ ...carried, clock: state.context.clock, route: onward });
  const route = (client: string) => {
    counted(state, key, want);
    return onward(client);
  };
  state.routes.set(want.id, route);
  return listenTcp({ ...carried, route, ...(!node && { elsewhere: (stands: number) => void state.elsewhere.set(`${host}:${port}`, stands) }) });
};

const release = ({ lingering }: State, listener: Listener): void => {
  lingering.add(listener);
  void listener.release().then(() => lingering.delete(listener));
};

const wanted = ({ directory, nodes, loopback }: State, key: string, service: Service | undefined): Map<string, Want> => {
  const wants = service ? wantsOf(service, { nodes: nodes(), loopback, served: (want) => directory.served(service, key, want) }) : [];
  return new Map(wants.map((want) => [want.id, want]));
};

const reconcile = (state: State, key: string): void => {
  const want = wanted(state, key, state.directory.service(key));
  const have = state.open.get(key) ?? new Map<string, Listener>();
  for (const [id, listener] of have) {
    if (want.has(id)) continue;
    release(state, listener);
    have.delete(id);
    state.routes.delete(id);
  }
  for (const [id, one] of want) if (!have.has(id)) have.set(id, listen(state, key, one));
  if (want.size > 0) state.open.set(key, have);
  else state.open.delete(key);
};

/**
 * Where kube-proxy's rewritten packets would go. A listener takes connections before its pod does; who must know whether the
 * pod does, as a health check must, goes there itself.
 */
const landing = (state: State, to: Place, client: string): Landing | undefined => {
  const { backends: [backend], from } = state.routes.get(tcpId(to))?.(client) ?? { backends: [], from: client };
  return backend && { ...placed(state, backend), localAddress: from };
};

const closeAll = async ({ open, lingering }: State): Promise<void> => {
  const standing = [...open.values()].flatMap((listeners) => [...listeners.values()]);
  await Promise.all([...standing, ...lingering].map((listener) => listener.close()));
};

/** Pods and nodes have addresses of their own; a program of this machine is on no node. */
const nodeOf = ({ api }: Context, nodes: () => readonly NodePlan[], loopback: number) => (client: string): string | undefined => {
  const address = unproject(loopback, client);
  const pod = (api.list('pods') as Pod[]).find(({ status, spec }) => status?.podIP === address && !spec.hostNetwork);
  return pod?.spec.nodeName ?? nodes().find((plan) => plan.listen === client)?.name;
};

/** Starts listening for all Services. */
export const startProxy = (context: Context, options: { nodes(): readonly NodePlan[]; loopback: number; podPort: PortMap }): Proxy => {
  const { api, clock, log } = context;
  const state: State = {
    context, ...options, record: recorder(context, 'kube-proxy'), directory: createDirectory({ ...context, nodeOf: nodeOf(context, options.nodes, options.loopback) }),
    open: new Map(), lingering: new Set(), routes: new Map(), counts: new Map(), elsewhere: new Map(), again: (key) => queue.addAfter(key, retryAfter),
  };
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(state, key) });
  const unwatch = [
    api.watch('services', ({ object }) => queue.add(keyOf(object))),
    api.watch(endpointSlices, ({ object }) => {
      const key = `${object.metadata.namespace ?? ''}/${object.metadata.labels?.[serviceNameLabel] ?? ''}`;
      state.directory.forget(key);
      queue.add(key);
    }),
  ];
  const refresh = (): void => {
    for (const service of api.list('services')) queue.add(keyOf(service));
  };
  refresh();
  return {
    stop: async () => {
      for (const stop of unwatch) stop();
      queue.stop();
      await closeAll(state);
    },
    connections: () => Object.fromEntries(state.counts),
    refresh,
    landing: (to, client) => landing(state, to, client),
    portFor: (host, port) => state.elsewhere.get(`${host}:${port}`) ?? port,
  };
};
