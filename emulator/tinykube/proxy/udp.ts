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

/** Opens the port. */
export const listenUdp = ({ host, port, clock, place, route, failed }: UdpOptions): Listener => {
  const socket = dgram.createSocket('udp4');
  const flows = new Map<string, Flow>();

  const end = (client: string, flow: Flow): void => {
    flow.timer.cancel();
    flow.upstream.close();
    flows.delete(client);
  };

  const expire = (client: string, flow: Flow): void => {
    const left = flow.last + (flow.last - flow.begun > idle.streamAfter ? idle.stream : idle.fresh) - clock.now();
    if (left <= 0) end(client, flow);
    else flow.timer = clock.after(left, () => expire(client, flow));
  };

  const begin = (client: string, from: RemoteInfo): Flow | undefined => {
    const { backends, from: local } = route(from.address);
    const backend = backends[0];
    if (!backend) return undefined;
    const upstream = dgram.createSocket('udp4');
    const now = clock.now();
    const flow: Flow = { backend, upstream, begun: now, last: now, timer: clock.after(idle.fresh, () => expire(client, flow)) };
    upstream.on('error', () => flows.get(client) === flow && end(client, flow));
    upstream.on('message', (message) => {
      flow.last = clock.now();
      socket.send(message, from.port, from.address);
    });
    upstream.bind({ address: local });
    flows.set(client, flow);
    return flow;
  };

  /** A flow to a pod that is gone starts over, as kube-proxy drops conntrack's entry. */
  const standing = (client: string, from: RemoteInfo): Flow | undefined => {
    const flow = flows.get(client);
    if (!flow) return undefined;
    if (route(from.address).backends.some((one) => same(one, flow.backend))) return flow;
    end(client, flow);
    return undefined;
  };

  socket.on('message', (message, from) => {
    const client = `${from.address}:${from.port}`;
    const flow = standing(client, from) ?? begin(client, from);
    if (!flow) return;
    flow.last = clock.now();
    const to = place(flow.backend);
    flow.upstream.send(message, to.port, to.host);
  });
  socket.on('error', failed);
  socket.bind({ address: host, port });

  const close = async (): Promise<void> => {
    for (const [client, flow] of flows) end(client, flow);
    await new Promise<void>((resolve) => socket.close(resolve));
  };
  return { release: close, close };
};
