// Port-forwards through the API server, one `kubectl port-forward` per target, started at its first connection.
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Forwards } from './reach.js';
import { failure, follow, run, type Run } from './run.js';

type PodJson = { metadata: { name: string; namespace: string; labels?: Record<string, string> }; status?: { phase?: string } };

/**
 * The pod that stands for an address. A node's address belongs to its pods on the host network; kube-proxy is the one
 * that runs on every node, and what it sees as localhost is the node's, NodePorts included.
 */
export const podFor = (json: string): { namespace: string; name: string } | undefined => {
  const running = (JSON.parse(json) as { items: PodJson[] }).items.filter(({ status }) => status?.phase === 'Running');
  const chosen = running.find(({ metadata }) => metadata.labels?.['k8s-app'] === 'kube-proxy') ?? running[0];
  return chosen && { namespace: chosen.metadata.namespace, name: chosen.metadata.name };
};

/** `Forwarding from 127.0.0.1:43211 -> 8080` */
export const portIn = (line: string): number | undefined => {
  const match = /^Forwarding from 127\.0\.0\.1:(\d+) -> /.exec(line);
  return match ? Number(match[1]) : undefined;
};

type Forward = { port: Promise<number>; stop(): void };

export const createForwards = ({ kubeconfig, log, execute = run }: { kubeconfig: string; log: Log; execute?: Run }): Forwards => {
  const forwards = new Map<string, Forward>();
  let closed = false;

  const start = async (address: string, port: number, key: string, stopping: AbortController): Promise<number> => {
    const pods = await execute('kubectl', ['--kubeconfig', kubeconfig, 'get', 'pods', '-A', '-o', 'json', '--field-selector', `status.podIP=${address}`]);
    if (!pods.ok) throw failure(`the pod at ${address} cannot be asked for`, pods);
    const pod = podFor(pods.stdout);
    if (!pod) throw Object.assign(new Error(`no running pod has the address ${address}`), { code: 'EHOSTUNREACH' });
    const args = ['--kubeconfig', kubeconfig, 'port-forward', '--address', '127.0.0.1', '-n', pod.namespace, `pod/${pod.name}`, `:${port}`];
    return new Promise((resolve, reject) => {
      follow('kubectl', args, stopping.signal, (line) => {
        const bound = portIn(line);
        if (bound !== undefined) resolve(bound);
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
    close: () => {
      closed = true;
      for (const forward of forwards.values()) forward.stop();
    },
  };
};
