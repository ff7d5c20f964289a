// How nodes and pods of a cluster are reached from here: the decision and its words are pure, the probe is one connection.
import net from 'node:net';
import type { Clock } from '../clock.js';
import type { Dial, DialUdp, Route } from '../dataplane/types.js';
import { refuseDatagrams } from './datagrams.js';
import { connectLate, lateSocket } from './late.js';
import type { Prove } from './prove.js';
import { scout, type Forward } from './scout.js';

export type Way = 'direct' | 'container' | 'forward';

/** `ms` is undefined when the address does not answer. */
export type Probe = { address: string; ms: number | undefined };

/** What one way shows: a node, and a pod. */
export type Probes = { node: Probe | undefined; pod: Probe | undefined };

export type Reach = { nodes: Way; pods: Way; lines: string[] };

const figure = (ms: number): string => `${ms < 1 ? '<1' : Math.round(ms)} ms to connect`;

const words: Record<Way, (what: string, ms: number, how: string) => string> = {
  direct: (what, ms, how) => `${what}: straight to their addresses${how} (${figure(ms)})`,
  container: (what, ms) => `${what}: through the container of docker-compose.yml, which is in the kind network (${figure(ms)})`,
  forward: (what) => `${what}: through the API server's port-forward, one process per target (slower, no half-closed connections, no UDP)`,
};

/** The first way on which a thing has answered, and in what time. */
const wayOf = (what: keyof Probes, direct: Probes, container: Probes | undefined): { way: Way; ms: number } => {
  for (const [way, probes] of [['direct', direct], ['container', container]] as const) {
    const ms = probes?.[what]?.ms;
    if (ms !== undefined) return { way, ms };
  }
  return { way: 'forward', ms: 0 };
};

/** What answered is reached straight; else through the container, if it answered there; everything else through the API server. */
export const decideReach = ({ direct, container }: { direct: Probes; container?: Probes | undefined }, routed: boolean): Reach => {
  const nodes = wayOf('node', direct, container);
  const pods = wayOf('pod', direct, container);
  return {
    nodes: nodes.way,
    pods: pods.way,
    lines: [words[nodes.way]('nodes', nodes.ms, ''), words[pods.way]('pods', pods.ms, routed ? ', by routes through the nodes' : '')],
  };
};

/** Routes help where the nodes answer and the pods behind them do not. */
export const wantsRoutes = ({ nodes, pods }: Reach): boolean => nodes === 'direct' && pods === 'forward';

/** A container in their network helps where no node answers, as on macOS and Windows; to pods it has no more routes than we. */
export const wantsContainer = ({ nodes }: Reach): boolean => nodes === 'forward';

const directly: Dial = ({ host, port }, { onread } = {}) => net.connect({ allowHalfOpen: true, noDelay: true, host, port, onread });

/** A refusal is an answer too: the address is there. A connection counts when `prove` is satisfied with it. */
export const probe = async (address: string, port: number, prove: Prove, clock: Clock, { dial = directly, patience = 1_000 }: { dial?: Dial | undefined; patience?: number } = {}): Promise<Probe> => {
  const began = clock.now();
  const ms = await new Promise<number | undefined>((resolve) => {
    const socket = dial({ host: address, port });
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
  /** The forward that leads to `port` of the pod or node at `address`. */
  open(address: string, port: number): Promise<Forward>;
  /** How many there are, how fast, and when a connection through one counts. */
  describe(): string;
  close(): void;
};

/** Packets get where connections go straight. */
export const routeBy = (reach: Reach, isNode: (address: string) => boolean): Route => (to) =>
  (isNode(to.host) ? reach.nodes : reach.pods) === 'direct' ? to : undefined;

/** A socket that connects once the forward stands, and, to be sure, once a scout has come through. */
const dialForward = (forwards: Forwards, clock: Clock): Dial => ({ host, port }, { sure } = {}) => {
  const socket = lateSocket();
  const open = async (): Promise<number> => {
    const forward = await forwards.open(host, port);
    if (sure) await scout(forward, clock);
    return forward.port;
  };
  open().then(
    (local) => !socket.destroyed && connectLate(socket, local),
    (error: Error) => socket.destroy(error),
  );
  return socket;
};

/** Each address by the way that was decided on. */
export const dialBy = (reach: Reach, isNode: (address: string) => boolean, { container, forwards, clock }: { container?: Dial | undefined; forwards: Forwards; clock: Clock }): Dial => {
  const ways: Record<Way, Dial> = { direct: directly, container: container ?? directly, forward: dialForward(forwards, clock) };
  return (to, options) => ways[isNode(to.host) ? reach.nodes : reach.pods](to, options);
};

/** Datagrams to what is not reached straight; a port-forward has no way for them. */
export const dialUdpBy = (reach: Reach, isNode: (address: string) => boolean, container: DialUdp | undefined): DialUdp => {
  const refused = refuseDatagrams('a port-forward carries no datagrams');
  return (to, options) => ((isNode(to.host) ? reach.nodes : reach.pods) === 'container' ? (container ?? refused) : refused)(to, options);
};

/** What gets no datagrams. */
export const withoutDatagrams = (reach: Reach): ('nodes' | 'pods')[] => (['nodes', 'pods'] as const).filter((what) => reach[what] === 'forward');
