// Port-forwards through the API server, one `kubectl port-forward` per target, started at its first connection.
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { TargetFinder } from './forward-target.js';
import type { Forwards } from './reach.js';
import { failure, follow } from './run.js';

/** `Forwarding from 127.0.0.1:43211 -> 8080` */
export const portIn = (line: string): number | undefined => {
  const match = /^Forwarding from 127\.0\.0\.1:(\d+) -> /.exec(line);
  return match ? Number(match[1]) : undefined;
};

type Forward = { port: Promise<number>; stop(): void };

export const createForwards = ({ kubeconfig, clock, log, find }: { kubeconfig: string; clock: Clock; log: Log; find: TargetFinder }): Forwards => {
  const forwards = new Map<string, Forward>();
  let closed = false;
  let took: number | undefined;

  const start = async (address: string, port: number, key: string, stopping: AbortController): Promise<number> => {
    const began = clock.now();
    const target = await find(address, port);
    const args = ['--kubeconfig', kubeconfig, 'port-forward', '--address', '127.0.0.1', '-n', target.namespace, `pod/${target.pod}`, `:${target.port}`];
    return new Promise((resolve, reject) => {
      follow('kubectl', args, stopping.signal, (line) => {
        const bound = portIn(line);
        if (bound === undefined) return;
        took = clock.now() - began;
        resolve(bound);
      }).then((ran) => {
        forwards.delete(key);
        log.debug({ address, port, output: ran.output }, 'a port-forward ended');
        reject(failure(`the port-forward to ${address}:${port} ended`, ran));
      }, reject);
    });
  };

  return {
    open: (address, port) => {
      const key = `${address}:${port}`;
      const known = forwards.get(key);
      if (known) return known.port;
      if (closed) return Promise.reject(new Error('the cluster is closed'));
      const stopping = new AbortController();
      const opened = start(address, port, key, stopping);
      opened.catch((error: unknown) => {
        forwards.delete(key);
        log.debug({ address, port, error: messageOf(error) }, 'a port-forward could not be opened');
      });
      forwards.set(key, { port: opened, stop: () => stopping.abort() });
      return opened;
    },
    describe: () => `port-forwards: ${forwards.size} open${took === undefined ? '' : `, the last took ${Math.round(took)} ms to open`}; a TCP health check reaches the forward, an HTTP one the target`,
    close: () => {
      closed = true;
      for (const forward of forwards.values()) forward.stop();
    },
  };
};
