// A whole embedded cluster for a test: API, controllers, nodes on a loopback block of their own, and waits that are events.
import http from 'node:http';
import net from 'node:net';
import { finished } from 'node:stream/promises';
import type { ExecutionContext } from 'ava';
import { systemClock, type Clock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createApiServer } from '../../emulator/tinykube/api/server.js';
import { startControllers } from '../../emulator/tinykube/controllers/start.js';
import { openGateway } from '../../emulator/tinykube/dns/gateway.js';
import { startNodes, type NodeOptions, type Nodes } from '../../emulator/tinykube/kubelet/start.js';
import type { Deployment, Pod } from '../../emulator/tinykube/controllers/kinds.js';
import { isReady } from '../../emulator/tinykube/controllers/pods.js';
import type { Api, KubeObject, NewObject } from '../../emulator/tinykube/types.js';
import { scratch } from '../support/scratch.js';

export type TestCluster = { api: Api; loopback: number; nodes: Nodes; stop(): Promise<void>; restart(): Promise<void> };

const controllerOptions = { clock: systemClock, log: silentLog, clusterName: 'test', region: 'us-west-2', serviceCidr: '10.100.0.0/16' };

/** The real API server's inside, without a door and without a disk. */
export const memoryApi = (clock: Clock = systemClock): Api =>
  createApiServer({ clock, log: silentLog, version: 'v1.33.5', serviceCidr: controllerOptions.serviceCidr, tls: { key: '', cert: '' }, token: '' }).api;

export const ui = 'public.ecr.aws/aws-containers/retail-store-sample-ui:1.2.1';

/** A loopback block that no other test has: it is taken while a listener on its first address holds it. */
const claimLoopback = async (t: ExecutionContext): Promise<number> => {
  const loopback = 100 + Math.floor(Math.random() * 151);
  const holder = net.createServer();
  const mine = await new Promise<boolean>((resolve) => {
    holder.once('error', () => resolve(false));
    holder.listen({ host: `127.${loopback}.0.1`, port: 47042 }, () => resolve(true));
  });
  if (!mine) return claimLoopback(t);
  t.teardown(() => void holder.close());
  return loopback;
};

const newFolder = scratch('nlbox-pods');

/** Starts a cluster that ends with the test. */
export const startCluster = async (t: ExecutionContext, options: Partial<NodeOptions> & { api?: Api; clock?: Clock } = {}): Promise<TestCluster> => {
  const api = options.api ?? memoryApi(options.clock);
  const loopback = options.loopback ?? (await claimLoopback(t));
  const gateway = await openGateway();
  t.teardown(gateway.close);
  const directory = newFolder();
  const begin = () => {
    const controllers = startControllers(api, { ...controllerOptions, ...(options.clock && { clock: options.clock }) });
    const nodes = startNodes(api, { clock: systemClock, log: silentLog, region: 'us-west-2', gateway, directory, ...options, loopback });
    return { controllers, nodes };
  };
  let running = begin();
  const stop = async (): Promise<void> => {
    running.controllers.stop();
    await running.nodes.stop();
  };
  t.teardown(stop);
  return {
    api,
    loopback,
    get nodes() {
      return running.nodes;
    },
    stop,
    restart: async () => {
      await stop();
      running = begin();
    },
  };
};

/** Resolves with the first value that `look` gives, looked at after each change of the resources. */
export const until = <T>(api: Api, resources: string[], look: () => T | undefined | false): Promise<T> =>
  new Promise((resolve, reject) => {
    const stops: (() => void)[] = [];
    const done = (): void => stops.forEach((stop) => stop());
    const timer = systemClock.after(15_000, () => {
      done();
      reject(new Error(`never happened: ${look.toString()}`));
    });
    const check = (): void => {
      const found = look();
      if (found === undefined || found === false) return;
      timer.cancel();
      done();
      resolve(found);
    };
    for (const resource of resources) stops.push(api.watch(resource, check));
    check();
  });

export const deployment = (name: string, options: { replicas?: number; image?: string; container?: object; spec?: object; pod?: object } = {}): NewObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas: options.replicas ?? 1,
    selector: { matchLabels: { app: name } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: options.image ?? ui, ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }], ...options.container }], ...options.pod },
    },
    ...options.spec,
  },
});

export const service = (name: string, app: string, spec: object = {}): NewObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'ClusterIP', selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }], ...spec },
});

export const podsOf = (api: Api, app: string): Pod[] => (api.list('pods', 'default') as Pod[]).filter((pod) => pod.metadata.labels?.['app'] === app);

/** Waits until so many pods of an app are ready, none of them going away. */
export const readyPods = (api: Api, app: string, count: number): Promise<Pod[]> =>
  until(api, ['pods'], () => {
    const pods = podsOf(api, app);
    return pods.length === count && pods.every((pod) => isReady(pod) && !pod.metadata.deletionTimestamp) && pods;
  });

/** Waits until a Deployment says that it is as wanted. */
export const rolledOut = (api: Api, name: string): Promise<Deployment> =>
  until(api, ['deployments.apps'], () => {
    const one = api.get('deployments.apps', 'default', name) as Deployment | undefined;
    const wanted = one?.spec.replicas;
    return one !== undefined && one.status?.observedGeneration === one.metadata.generation && one.status?.updatedReplicas === wanted && one.status?.replicas === wanted && one.status?.availableReplicas === wanted && one;
  });

/** Changes a stored object's fields on top of what is there now. */
export const change = (api: Api, resource: string, name: string, edit: (object: KubeObject) => KubeObject): KubeObject => {
  const object = api.get(resource, resource === 'nodes' ? undefined : 'default', name);
  if (!object) throw new Error(`no ${resource} ${name}`);
  return api.update(resource, edit(structuredClone(object)));
};

export const events = (api: Api, name: string): string[] =>
  api.list('events').filter((event) => (event['involvedObject'] as { name: string }).name === name).map((event) => `${event['type']} ${event['reason']}: ${event['message']}`);

export type Fetched = { status: number; body: string; headers: http.IncomingHttpHeaders };

/** One request on a connection of its own. */
export const fetchText = (host: string, port: number, path = '/', options: { localAddress?: string } = {}): Promise<Fetched> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host, port, path, agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });

export const projected = (loopback: number, address: string): string => `127.${loopback}.${address.split('.').slice(2).join('.')}`;

/** Tries again for some turns of the event loop: for sockets, whose opening no watch tells. */
export const eventually = async <T>(attempt: () => Promise<T>, left = 100): Promise<T> => {
  try {
    return await attempt();
  } catch (error) {
    if (left === 0) throw error;
    await new Promise((resolve) => setImmediate(resolve));
    return eventually(attempt, left - 1);
  }
};

/** Runs a command in a pod's only container, as `kubectl exec` does. */
export const execIn = async ({ nodes }: TestCluster, pod: string, ...command: string[]): Promise<{ code: number | string; out: string }> => {
  const session = nodes.exec({ namespace: 'default', pod, container: 'main', command, stdin: false, tty: false });
  let out = '';
  for (const stream of [session.stdout, session.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  session.stdin.end();
  const [end] = await Promise.all([session.ended, finished(session.stdout), finished(session.stderr)]);
  return { code: 'problem' in end ? end.problem : end.exitCode, out };
};
