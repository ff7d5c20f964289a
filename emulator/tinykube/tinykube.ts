// The front door of the embedded Kubernetes: API server, controllers and nodes as one thing that starts and stops.
import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock.js';
import { codeOf } from '../errors.js';
import { openJournal } from '../journal.js';
import type { Log } from '../log.js';
import { createCertificates, type Certificates } from './api/certificates.js';
import { kubeconfig } from './api/kubeconfig.js';
import { createApiServer } from './api/server.js';
import type { Hooks } from './api/services.js';
import { startControllers } from './controllers/start.js';
import { openGateway } from './dns/gateway.js';
import type { Outside } from './dns/reach.js';
import { project } from './kubelet/addresses.js';
import { startNodes, type Nodes } from './kubelet/start.js';

export type { Outside } from './dns/reach.js';

export type TinykubeOptions = {
  stateDir: string;
  port: number;
  /** Where the API listens: 127.0.0.1, or 0.0.0.0 in a container whose port is published as 127.0.0.1's. */
  host?: string;
  /** Take a free port when `port` is taken. */
  anyPort: boolean;
  clusterName: string;
  contextName: string;
  region: string;
  loopback: number;
  /** Ports of pods below it listen elsewhere on the pod's address. */
  lowestPort?: number;
  /** Pods that a node takes; an m5.large takes 29. */
  podsPerNode?: number | undefined;
  /** Says of a bearer token that is not the kubeconfig's own whether it may enter all the same. */
  acceptsToken?: ((token: string) => boolean) | undefined;
  /** Where names lead that are not the cluster's own: those of load balancers. */
  outside?: Outside | undefined;
  clock: Clock;
  log: Log;
};

export type Tinykube = {
  server: string;
  /** PEM. */
  ca: string;
  version: string;
  kubeconfig: string;
  /** Connections that entered through a NodePort, by `namespace/service:nodePort` and node. */
  nodePortConnections(): Record<string, number>;
  /** Where kube-proxy would send a connection to a socket's end of this machine; undefined where none of its ports is. */
  landing: Nodes['landing'];
  close(): Promise<void>;
};

export const kubernetesVersion = 'v1.33.5';
const serviceCidr = '172.20.0.0/16';

type Identity = Certificates & { token: string };

/** The certificates and token of the first start, kept so that a kubeconfig stays good over restarts. */
const identity = (file: string, now: number): Identity => {
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')) as Identity;
  const made = { ...createCertificates(now), token: crypto.randomUUID() };
  fs.writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
};

const listen = async (server: ReturnType<typeof createApiServer>, { port, host = '127.0.0.1', anyPort }: TinykubeOptions) => {
  try {
    return await server.listen(port, host);
  } catch (error) {
    if (!anyPort || codeOf(error) !== 'EADDRINUSE') throw error;
    return server.listen(0, host);
  }
};

/** Starts everything; resolves when the API answers and the nodes are there. */
export const startTinykube = async (options: TinykubeOptions): Promise<Tinykube> => {
  const { clock, log, clusterName, region, loopback, lowestPort = 1 } = options;
  const { ca, cert, key, token } = identity(path.join(options.stateDir, 'kube-identity.json'), clock.now());
  const journal = openJournal(path.join(options.stateDir, 'kube'));
  const hooks: Hooks = { project: (address) => project(loopback, address) };
  const server = createApiServer({ journal, clock, log, version: kubernetesVersion, serviceCidr, tls: { key, cert }, token, acceptsToken: options.acceptsToken, hooks });
  const { url: listening, port } = await listen(server, options);
  const url = listening.replace('//0.0.0.0:', '//127.0.0.1:');
  const controllers = startControllers(server.api, { clock, log, clusterName, region, serviceCidr, ca, apiServer: { address: '127.0.0.1', port } });
  const gateway = await openGateway();
  const directory = path.join(options.stateDir, 'pods');
  const nodes = startNodes(server.api, { clock, log, loopback, lowestPort, region, count: 3, podsPerNode: options.podsPerNode, directory, gateway, outside: options.outside });
  Object.assign(hooks, { logs: nodes.readLog, exec: nodes.exec, attach: nodes.attach, dial: nodes.dial } satisfies Hooks);
  const file = path.join(options.stateDir, 'kubeconfig');
  fs.writeFileSync(file, kubeconfig({ server: url, ca, token, name: options.contextName }), { mode: 0o600 });
  return {
    server: url,
    ca,
    version: kubernetesVersion,
    kubeconfig: file,
    nodePortConnections: nodes.nodePortConnections,
    landing: nodes.landing,
    close: async () => {
      await nodes.stop();
      await gateway.close();
      controllers.stop();
      await server.close();
      journal.close();
    },
  };
};
