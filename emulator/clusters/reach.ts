// How nodes and pods of a cluster are reached from here: the decision and its words are pure, the probe is one connection.
import net from 'node:net';
import type { Clock } from '../clock.js';
import type { Dial, Route } from '../dataplane/types.js';
import type { Prove } from './prove.js';

export type Way = 'direct' | 'forward';

/** `ms` is undefined when the address does not answer. */
export type Probe = { address: string; ms: number | undefined };

export type Reach = { nodes: Way; pods: Way; lines: string[] };

const figure = (ms: number): string => `${ms < 1 ? '<1' : Math.round(ms)} ms to connect`;

const words = (what: string, way: Way, probe: Probe | undefined, how: string): string =>
  way === 'direct' && probe?.ms !== undefined
    ? `${what}: straight to their addresses${how} (${figure(probe.ms)})`
    : `${what}: through the API server's port-forward, one process per target (slower, and no half-closed connections)`;

/** What answered is reached straight; everything else through the API server. */
export const decideReach = (probes: { node: Probe | undefined; pod: Probe | undefined }, routed: boolean): Reach => {
  const wayOf = (probe: Probe | undefined): Way => (probe?.ms === undefined ? 'forward' : 'direct');
  const [nodes, pods] = [wayOf(probes.node), wayOf(probes.pod)];
  return { nodes, pods, lines: [words('nodes', nodes, probes.node, ''), words('pods', pods, probes.pod, routed ? ', by routes through the nodes' : '')] };
};

/** A refusal is an answer too: the address is there. A connection counts when `prove` is satisfied with it. */
export const probe = async (address: string, port: number, prove: Prove, clock: Clock, patience = 1_000): Promise<Probe> => {
  const began = clock.now();
  const ms = await new Promise<number | undefined>((resolve) => {
    const socket = net.connect({ host: address, port });
    const end = (answer: number | undefined): void => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const timer = clock.after(patience, () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? clock.now() - began : undefined));
    socket.once('connect', () => {
      const took = clock.now() - began;
      void prove(socket).then((proved) => end(proved ? took : undefined));
    });
  });
  return { address, ms };
};

export type Forwards = {
  /** The local port that leads to `port` of the pod or node at `address`. */
  open(address: string, port: number): Promise<number>;
  /** How many there are, how fast, and what they hide. */
  describe(): string;
  close(): void;
};

/** Packets get where connections go straight. */
export const routeBy = (reach: Reach, isNode: (address: string) => boolean): Route => (to) =>
  (isNode(to.host) ? reach.nodes : reach.pods) === 'direct' ? to : undefined;

/** Straight where that works; else a socket that connects once the forward stands. */
export const dialBy = (reach: Reach, isNode: (address: string) => boolean, forwards: Forwards): Dial => (to) => {
  const options = { allowHalfOpen: true, noDelay: true };
  if ((isNode(to.host) ? reach.nodes : reach.pods) === 'direct') return net.connect({ ...options, host: to.host, port: to.port });
  const socket = new net.Socket(options);
  forwards.open(to.host, to.port).then(
    (port) => !socket.destroyed && socket.connect({ port, host: '127.0.0.1', noDelay: true }),
    (error: Error) => socket.destroy(error),
  );
  return socket;
};
