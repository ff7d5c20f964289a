// The one composer: knows all rooms, builds each, and tells the story of a start and of an end in order.
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { Clock } from './clock.js';
import { claimLoopback, loopbackDial, loopbackDialUdp } from './clusters/loopback.js';
import type { Cluster } from './clusters/types.js';
import type { Config } from './config.js';
import { createDataplane } from './dataplane/dataplane.js';
import { dialUdp } from './dataplane/dial.js';
import type { Dataplane } from './dataplane/types.js';
import type { Log } from './log.js';
import { isEksToken } from './api/eks/token.js';
import { createAws, type Aws } from './main/aws.js';
import { clusterFacts, type ClusterFacts } from './main/eks.js';
import { createHistory } from './main/history.js';
import { infoOf, type Info } from './main/info.js';
import { createInstances } from './main/instances.js';
import { createMetrics } from './main/metrics.js';
import { resolverOf } from './main/resolve.js';
import { isOurs } from './main/state-dir.js';
import { connectTraffic } from './main/traffic.js';
import { createHostsBlock, writable } from './names/hosts.js';
import { openNames, type OpenNames } from './names/open.js';
import { createStore, type IndexedStore } from './state/store.js';
import { createVpc, type VpcView } from './state/vpc.js';
import { version } from './version.js';
import { createWebDoor } from './web/door.js';

export type { Info, LoadBalancerInfo } from './main/info.js';

/** One step of the start, in the order in which they are run. `say` is for progress within it. */
export type Stage = { title: string; run(say: (line: string) => void): Promise<void> };

export type Nlbox = {
  stages: Stage[];
  /** Needed to stop it over HTTP. */
  token: string;
  info(): Info;
  /** Ends everything that was started, in reverse order; safe at any point of the start. */
  stop(): Promise<void>;
};

export type ComposeOptions = { clock: Clock; log: Log; detached: boolean; onStop(keep: boolean): void };

/** What stands once the door is open. */
type Running = { store: IndexedStore; dataplane: Dataplane; names: OpenNames; vpc: VpcView };

type Ending = () => void | Promise<void>;

const lastFirst = async (endings: Ending[], log: Log): Promise<void> => {
  for (let end = endings.pop(); end; end = endings.pop()) {
    await Promise.resolve(end()).catch((error: unknown) => log.error({ err: error }, 'something could not be stopped'));
  }
};

/** The same for each run of one state directory: a later run finds what an earlier one left. */
const runIdOf = (stateDir: string): string => createHash('sha256').update(stateDir).digest('hex').slice(0, 8);

/** Where AWS is hurried, so are the controller's waits for it. */
const waitsOf = ({ name, provisioning, registration }: Config['timing']): { stabilization?: number; bindingRequeue?: number } =>
  name === 'aws' ? {} : { stabilization: provisioning + 200, bindingRequeue: registration + 200 };

/** Builds nothing yet: `stages` does, one after the other. */
export const compose = (config: Config, options: ComposeOptions): Nlbox => {
  const { clock, log } = options;
  const endings: Ending[] = [];
  const token = randomUUID();
  const instances = createInstances();
  const history = createHistory(clock);
  let cluster: Cluster | undefined;
  let running: (Aws & Running) | undefined;
  let endpoint = '';

  const stateOf = (service: string): string => (service !== 'kubernetes' || cluster ? 'running' : config.cluster === 'none' ? 'disabled' : 'starting');

  const began = clock.now();
  const eksFacts = (): ClusterFacts | undefined => cluster && clusterFacts(cluster, began);

  const openDoor = async (say: (line: string) => void): Promise<void> => {
    const claim = await claimLoopback(config.loopback);
    endings.push(claim.release);
    const store = await createStore({ directory: config.stateDir, clock, log });
    endings.push(() => store.close());
    const dial = loopbackDial(config.loopback);
    const dataplane = createDataplane({
      dial: (to, from) => (cluster?.dial ?? dial)(to, from),
      // Only the embedded cluster's addresses are projected; those of a real one are what they say.
      dialUdp: config.cluster === 'kind' || config.cluster === 'kubeconfig' ? dialUdp : loopbackDialUdp(config.loopback, dialUdp),
      clock,
      log,
    });
    endings.push(() => dataplane.close());
    endings.push(history.follow(dataplane.health));
    const { names: mode, hostsFile, dnsPort, region } = config;
    const names = await openNames({ mode, hostsFile, id: runIdOf(config.stateDir), dnsPort, region, log });
    endings.push(() => names.close());
    const vpc = createVpc(config.region, config.account, config.clusterName, instances.list);
    const aws = createAws({ config, store, vpc, health: dataplane.health, cluster: eksFacts, clock, log });
    running = { ...aws, store, dataplane, names, vpc };
    const door = createWebDoor({
      version: version(),
      port: config.port,
      host: config.host,
      ...(config.publicHost === undefined ? {} : { publicHost: config.publicHost }),
      answer: history.notingHttp(aws.dispatch.answer),
      refuse: aws.dispatch.refuse,
      services: () => Object.fromEntries([...Object.keys(aws.dispatch.services), 'kubernetes'].map((name) => [name, stateOf(name)])),
      info: () => info(),
      metrics: createMetrics(store, dataplane),
      history: history.records,
      stop: { token, run: options.onStop },
      resolve: resolverOf(names, dataplane),
      clock,
      log,
    });
    endpoint = (await door.listen()).url.replace('//0.0.0.0:', '//127.0.0.1:');
    endings.push(() => door.close());
    const traffic = connectTraffic({ store, dataplane, names, instances, timing: config.timing, clock, log });
    endings.push(() => traffic.stop());
    say(`${endpoint}, region ${config.region}`);
  };
  // What only a cluster needs is loaded when there is one: the endpoint alone answers in half the time.
  const startCluster = async (say: (line: string) => void): Promise<void> => {
    const { startCluster: start } = await import('./clusters/start.js');
    cluster = await start(config, { acceptsToken: (given) => isEksToken(given, clock.now()), clock, log, say });
    endings.push(() => cluster?.close());
    say(cluster.server);
  };
  const startControl = async (say: (line: string) => void): Promise<void> => {
    if (!cluster || !running) return;
    const { followNodes } = await import('./main/nodes.js');
    const nodes = await followNodes(cluster.kubeconfig, instances.set, { clock, log });
    endings.push(() => nodes.stop());
    say(`${instances.list().length} nodes`);
    if (config.controller === 'none') return;
    const { elbv2, ec2, vpc } = running;
    const { startController } = await import('./controller/start.js');
    const { asInstance: adaptNode } = await import('./kube/instance-id.js');
    const controller = await startController({ kubeconfig: cluster.kubeconfig, elbv2: history.noting(elbv2), ec2: history.noting(ec2), clusterName: config.clusterName, vpcId: vpc.VpcId, region: config.region, adaptNode, clock, log, waits: waitsOf(config.timing) });
    endings.push(() => controller.stop());
    await controller.ready;
  };
  const info = (): Info => {
    if (!running) throw new Error('not started yet');
    return infoOf({ config, endpoint, detached: options.detached, cluster, ...running }, clock.now());
  };
  return {
    stages: [
      { title: 'AWS endpoint', run: openDoor },
      ...(config.cluster === 'none' ? [] : [
        { title: 'Kubernetes', run: startCluster },
        { title: config.controller === 'none' ? 'Nodes' : 'AWS Load Balancer Controller', run: startControl },
      ]),
    ],
    token,
    info,
    stop: () => lastFirst(endings, log),
  };
};

/** Removes what a run (this one, or one that died) left on the machine; with `keep`, its state stays for the next. */
export const removeLeftovers = async (stateDir: string, options: { keep: boolean; hostsFile?: string }): Promise<void> => {
  const { hostsFile } = options;
  if (hostsFile !== undefined && writable(hostsFile)) createHostsBlock({ file: hostsFile, id: runIdOf(stateDir) }).remove();
  if (options.keep || !isOurs(stateDir)) return;
  const { removeCluster } = await import('./clusters/start.js');
  await removeCluster(stateDir);
  fs.rmSync(stateDir, { recursive: true, force: true });
};
