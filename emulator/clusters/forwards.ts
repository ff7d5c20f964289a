// Port-forwards through the API server, one `kubectl port-forward` per target, started at its first connection.
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { portIn, refusalIn } from './forward-lines.js';
import type { ForwardTarget, TargetFinder } from './forward-target.js';
import type { Forwards } from './reach.js';
import { failure, follow } from './run.js';
import { patienceOf, type Forward } from './scout.js';

export type ForwardsOptions = { kubeconfig: string; clock: Clock; log: Log; find: TargetFinder };

type Kept = { opened: Promise<Forward>; stop(): void };

const argumentsOf = (kubeconfig: string, { namespace, pod, port }: ForwardTarget): string[] =>
  ['--kubeconfig', kubeconfig, 'port-forward', '--address', '127.0.0.1', '-n', namespace, `pod/${pod}`, `:${port}`];

/** Stands once the local port is known, until `over`; what it says later of connections goes to who listens. */
const start = async ({ kubeconfig, clock, find }: ForwardsOptions, address: string, port: number, signal: AbortSignal, over: (why: string) => void): Promise<Forward> => {
  const began = clock.now();
  const args = argumentsOf(kubeconfig, await find(address, port));
  const listeners = new Set<(error: Error) => void>();
  const tell = (error: Error): void => listeners.forEach((fn) => fn(error));
  return new Promise((resolve, reject) => {
    const hear = (line: string): void => {
      const bound = portIn(line);
      if (bound !== undefined) resolve({ port: bound, took: clock.now() - began, onRefusal: (fn) => (listeners.add(fn), () => void listeners.delete(fn)) });
      const refusal = refusalIn(line);
      if (!refusal) return;
      over(line);
      tell(refusal);
    };
    follow('kubectl', args, signal, hear).then((ran) => {
      const error = failure(`the port-forward to ${address}:${port} ended`, ran);
      over(ran.output);
      tell(error);
      reject(error);
    }, reject);
  });
};

const wordsOf = (open: number, took: number | undefined): string => {
  const speed = took === undefined ? '' : `, the last took ${Math.round(took)} ms to open`;
  return `port-forwards: ${open} open${speed}; a TCP health check passes when no refusal has come after ${patienceOf(took ?? 0)} ms`;
};

export const createForwards = (options: ForwardsOptions): Forwards => {
  const { log } = options;
  const forwards = new Map<string, Kept>();
  let closed = false;
  let took: number | undefined;

  const begin = (address: string, port: number, key: string): Promise<Forward> => {
    const stopping = new AbortController();
    // kubectl ends with the first connection that it cannot make: nobody else may be sent there.
    const over = (why: string): void => {
      if (forwards.get(key) === kept) forwards.delete(key);
      stopping.abort();
      log.debug({ address, port, why }, 'a port-forward is over');
    };
    const kept: Kept = { opened: start(options, address, port, stopping.signal, over), stop: () => stopping.abort() };
    forwards.set(key, kept);
    kept.opened.then((forward) => (took = forward.took), (error: unknown) => over(messageOf(error)));
    return kept.opened;
  };

  return {
    open: (address, port) => {
      const key = `${address}:${port}`;
      const known = forwards.get(key);
      if (known) return known.opened;
      return closed ? Promise.reject(new Error('the cluster is closed')) : begin(address, port, key);
    },
    describe: () => wordsOf(forwards.size, took),
    close: () => {
      closed = true;
      for (const forward of forwards.values()) forward.stop();
    },
  };
};
