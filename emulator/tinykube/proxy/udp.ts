// Datagrams through a port of a Service: each client has a flow to one pod, which ends when it has been silent for as long as conntrack waits.
import dgram, { type RemoteInfo, type Socket } from 'node:dgram';
import type { Clock, Timer } from '../../clock.js';
import type { Backend, Place } from './backends.js';
import type { Listener, Route } from './listener.js';

// Linux's nf_conntrack_udp_timeout, and nf_conntrack_udp_timeout_stream for flows that have lived two seconds.
const idle = { fresh: 30_000, stream: 120_000, streamAfter: 2000 };

type Flow = { backend: Backend; upstream: Socket; begun: number; last: number; timer: Timer };

export type UdpOptions = {
  host: string;
  port: number;
  clock: Clock;
  place(backend: Backend): Place;
  route(client: string): Route;
  failed(error: unknown): void;
};

const same = (one: Backend, other: Backend): boolean => one.address === other.address && one.port === other.port;

type State = UdpOptions & { socket: Socket; flows: Map<string, Flow> };

const end = ({ flows }: State, client: string, flow: Flow): void => {
  flow.timer.cancel();
  flow.upstream.close();
  flows.delete(client);
};

const expire = (state: State, client: string, flow: Flow): void => {
  const left = flow.last + (flow.last - flow.begun > idle.streamAfter ? idle.stream : idle.fresh) - state.clock.now();
  if (left <= 0) end(state, client, flow);
  else flow.timer = state.clock.after(left, () => expire(state, client, flow));
};

/** A socket towards the pod, whose answers go to the client. */
const connect = (state: State, client: string, from: RemoteInfo, backend: Backend): Flow => {
  const { clock, socket, flows } = state;
  const upstream = dgram.createSocket('udp4');
  const now = clock.now();
  const flow: Flow = { backend, upstream, begun: now, last: now, timer: clock.after(idle.fresh, () => expire(state, client, flow)) };
  upstream.on('error', () => flows.get(client) === flow && end(state, client, flow));
  upstream.on('message', (message) => {
    flow.last = clock.now();
    socket.send(message, from.port, from.address);
  });
  return flow;
};

const begin = (state: State, client: string, from: RemoteInfo): Flow | undefined => {
  const { backends, from: local } = state.route(from.address);
  const backend = backends[0];
  if (!backend) return undefined;
  const flow = connect(state, client, from, backend);
  flow.upstream.bind({ address: local });
  state.flows.set(client, flow);
  return flow;
};

/** A flow to a pod that is gone starts over, as kube-proxy drops conntrack's entry. */
const standing = (state: State, client: string, from: RemoteInfo): Flow | undefined => {
  const flow = state.flows.get(client);
  if (!flow) return undefined;
  if (state.route(from.address).backends.some((one) => same(one, flow.backend))) return flow;
  end(state, client, flow);
  return undefined;
};

const onMessage = (state: State, message: Buffer, from: RemoteInfo): void => {
  const client = `${from.address}:${from.port}`;
  const flow = standing(state, client, from) ?? begin(state, client, from);
  if (!flow) return;
  flow.last = state.clock.now();
  const to = state.place(flow.backend);
  flow.upstream.send(message, to.port, to.host);
};

/** Opens the port. */
export const listenUdp = (options: UdpOptions): Listener => {
  const socket = dgram.createSocket('udp4');
  const state: State = { ...options, socket, flows: new Map() };
  socket.on('message', (message, from) => onMessage(state, message, from));
  socket.on('error', options.failed);
  socket.bind({ address: options.host, port: options.port });
  const close = async (): Promise<void> => {
    for (const [client, flow] of state.flows) end(state, client, flow);
    await new Promise<void>((resolve) => socket.close(resolve));
  };
  return { release: close, close };
};
