// UDP flows: one connected socket per client and listener address, which stays on its target until it is idle or cut.
import type { Socket as UdpSocket } from 'node:dgram';
import type { Clock } from '../clock.js';
import { count, type Meter } from './counters.js';
import type { Flow } from './flow.js';
import type { ListenerNode } from './listener.js';
import type { Datagram } from './servers.js';
import type { Line } from './trace.js';

// Fixed on AWS.
const idleTimeout = 120_000;

/** Datagrams that wait until the socket to the target is open; more are dropped, as a network would. */
const patience = 64;

export type UdpStart = { connect(): UdpSocket; meters: readonly Meter<Flow>[]; line: Line; ended(): void };

type UdpFlow = Flow & { forward(message: Buffer, reply: UdpSocket): void; readonly reply: UdpSocket };

export type UdpFlows = {
  receive(datagram: Datagram, node: ListenerNode, socket: UdpSocket): void;
  /** Ends the flows that answer through a socket which is gone. */
  silenced(socket: UdpSocket): void;
};

export type UdpOptions = {
  clock: Clock;
  /** Chooses a target for a new flow by its first datagram; undefined when there is none, or the client may not. */
  start(node: ListenerNode, source: { address: string; port: number }, first: Buffer): UdpStart | undefined;
};

type Upstream = { send(message: Buffer): void; close(): void };

// A target that is not there (ICMP unreachable) comes as an error of the connected socket: the flow lives on, as on AWS.
const openUpstream = (socket: UdpSocket, answer: (message: Buffer) => void, trouble: (open: boolean) => void): Upstream => {
  let waiting: Buffer[] | undefined = [];
  socket.on('message', answer).on('error', () => trouble(waiting === undefined));
  socket.once('connect', () => {
    const held = waiting ?? [];
    waiting = undefined;
    for (const message of held) socket.send(message);
  });
  return {
    send: (message) => {
      if (!waiting) socket.send(message);
      else if (waiting.length < patience) waiting.push(message);
    },
    close: () => void socket.close(),
  };
};

const openUdpFlow = (clock: Clock, start: UdpStart, client: { address: string; port: number }, first: UdpSocket, forget: () => void): UdpFlow => {
  const { meters, line } = start;
  let [bytesIn, bytesOut, over, reply] = [0, 0, false, first];
  const end = (how: string): void => {
    if (over) return;
    over = true;
    upstream.close();
    forget();
    line.end(how);
    for (const meter of meters) meter.end(flow);
    start.ended();
  };
  const answer = (message: Buffer): void => {
    bytesOut += message.length;
    if (!over) reply.send(message, client.port, client.address);
  };
  const trouble = (open: boolean): void => {
    count(meters, 'refused');
    if (!open) end('the target could not be dialled');
  };
  const upstream = openUpstream(start.connect(), answer, trouble);
  const forward = (message: Buffer, by: UdpSocket): void => {
    reply = by;
    bytesIn += message.length;
    upstream.send(message);
  };
  const flow: UdpFlow = { bytesIn: () => bytesIn, bytesOut: () => bytesOut, seen: 0, activeAt: clock.now(), idleTimeout, reset: end, forward, get reply() { return reply; } };
  for (const meter of meters) meter.begin(flow);
  line.runs(flow);
  return flow;
};

/** No flow yet. */
export const createUdpFlows = ({ clock, start }: UdpOptions): UdpFlows => {
  const flows = new Map<ListenerNode, Map<string, UdpFlow>>();
  const begin = (node: ListenerNode, source: { address: string; port: number }, socket: UdpSocket, first: Buffer): UdpFlow | undefined => {
    const started = start(node, source, first);
    if (!started) return undefined;
    const ofNode = flows.get(node) ?? new Map<string, UdpFlow>();
    flows.set(node, ofNode);
    const key = `${source.address}:${source.port}`;
    const forget = (): void => {
      if (ofNode.get(key) !== flow) return;
      ofNode.delete(key);
      if (ofNode.size === 0 && flows.get(node) === ofNode) flows.delete(node);
    };
    const flow: UdpFlow = openUdpFlow(clock, started, source, socket, forget);
    ofNode.set(key, flow);
    return flow;
  };
  return {
    receive: ({ message, address, port }, node, socket) => {
      const flow = flows.get(node)?.get(`${address}:${port}`) ?? begin(node, { address, port }, socket, message);
      flow?.forward(message, socket);
    },
    silenced: (socket) => {
      for (const ofNode of [...flows.values()]) for (const flow of [...ofNode.values()]) if (flow.reply === socket) flow.reset('the listener is gone');
    },
  };
};
