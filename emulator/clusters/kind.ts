// A kind cluster: checks what is there, makes or adopts it, loads images, and finds the way to its nodes and pods.
import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.js';
import { UserError } from '../errors.js';
import { clustersIn, isOldKind, isPatchRefused, kindConfig, kindVersion } from './kind-config.js';
import { createClusterDns } from './kind-dns.js';
import { loadImages } from './kind-images.js';
import { readRecord, removeKind, writeRecord, type KindRecord } from './kind-record.js';
import { askNodes, clusterOf, findReach, type Deps } from './kubectl-cluster.js';
import { routesInTheWay, routesTo, type NodeFact, type Route } from './nodes.js';
import { failure, must, type Ran } from './run.js';
import type { Cluster } from './types.js';

const instead = 'or leave out --cluster kind: the embedded cluster needs neither Docker nor kind';

const checkDocker = async ({ execute, say }: Deps): Promise<void> => {
  const docker = await execute('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 30_000 });
  if (!docker.found) throw new UserError(`--cluster kind needs Docker, which is not installed; install it, ${instead}`);
  if (!docker.ok) throw failure(`--cluster kind needs Docker, which does not answer; start it, ${instead}`, docker);
  say(`Docker ${docker.stdout.trim()}`);
};

const checkKind = async ({ execute, say }: Deps): Promise<void> => {
  const kind = await execute('kind', ['version'], { timeout: 30_000 });
  if (!kind.found) throw new UserError(`kind is not installed; install it (https://kind.sigs.k8s.io), ${instead}`);
  const version = kindVersion(kind.stdout);
  if (!kind.ok || !version) throw failure('`kind version` did not say which kind this is', kind);
  if (isOldKind(version)) throw new UserError(`kind ${version.join('.')} is too old; install 0.20 or newer, ${instead}`);
  say(kind.stdout.trim());
};

const create = async (config: Config, name: string, kubeconfig: string, { execute, say }: Deps): Promise<void> => {
  // Written first: whatever ends the run while kind works, `down` knows what to delete.
  writeRecord(config.stateDir, { name, made: true, routes: [] });
  const args = ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--wait', '120s', '--config', '-'];
  const attempt = (plainIds: boolean): Promise<Ran> =>
    execute('kind', args, { input: kindConfig({ name, region: config.region, clusterName: config.clusterName, plainIds }), onLine: (line) => say(line.trim()) });
  let made = await attempt(false);
  if (!made.ok && isPatchRefused(made.output)) {
    say('this kind writes its kubeadm configuration in another way; its nodes get derived ids');
    made = await attempt(true);
  }
  if (!made.ok) throw failure(`the kind cluster '${name}' could not be created`, made);
};

const adopt = async (config: Config, name: string, kubeconfig: string, { execute, say }: Deps): Promise<void> => {
  say(`adopting the kind cluster '${name}'`);
  if (!readRecord(config.stateDir)) writeRecord(config.stateDir, { name, made: false, routes: [] });
  await must(execute('kind', ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig]), `the kubeconfig of the kind cluster '${name}' could not be had`);
};

/** Made by us before, asked for by name, or free: everything else is somebody's own cluster. */
const createOrAdopt = async (config: Config, name: string, kubeconfig: string, deps: Deps): Promise<void> => {
  const stale = readRecord(config.stateDir);
  if (stale && stale.name !== name) await removeKind(config.stateDir, deps.execute);
  const existing = clustersIn(await must(deps.execute('kind', ['get', 'clusters']), 'the kind clusters could not be listed'));
  if (!existing.includes(name)) return create(config, name, kubeconfig, deps);
  if (config.kindName === undefined && readRecord(config.stateDir)?.name !== name) {
    throw new UserError(`there is a kind cluster named '${name}' already`, { hint: `Use it with --name ${name}, or make another with --name ANOTHER-NAME.` });
  }
  return adopt(config, name, kubeconfig, deps);
};

type Existing = { dst?: string; gateway?: string }[];

/** Adds the routes to pods when this is Linux and we may; answers with what was added, or undefined with nothing changed. */
const addRoutes = async (record: KindRecord, stateDir: string, nodes: readonly NodeFact[], { execute, say, log }: Deps): Promise<Route[] | undefined> => {
  const routes = routesTo(nodes);
  const shown = await execute('ip', ['-json', 'route', 'show']);
  if (!shown.ok || routes.length === 0) return undefined;
  const blocked = routesInTheWay(routes, JSON.parse(shown.stdout || '[]') as Existing);
  if (blocked.length > 0) {
    log.warn({ blocked }, 'other routes to the pods are in the way');
    return undefined;
  }
  writeRecord(stateDir, { ...record, routes });
  for (const { cidr, via } of routes) {
    const added = await execute('ip', ['route', 'replace', cidr, 'via', via]);
    if (added.ok) continue;
    log.info({ line: added.line, output: added.output }, 'a route could not be added');
    for (const done of routes.slice(0, routes.findIndex((one) => one.cidr === cidr))) await execute('ip', ['route', 'del', done.cidr, 'via', done.via]);
    writeRecord(stateDir, { ...record, routes: [] });
    return undefined;
  }
  say(`${routes.length} routes to pods`);
  return routes;
};

/** `--cluster kind`, from nothing to a cluster that can be dialled. */
export const startKind = async (config: Config, deps: Deps): Promise<Cluster> => {
  const name = config.kindName ?? config.clusterName;
  const kubeconfig = path.join(config.stateDir, 'kubeconfig');
  await checkDocker(deps);
  await checkKind(deps);
  fs.mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  await createOrAdopt(config, name, kubeconfig, deps);
  const nodes = await askNodes(kubeconfig, deps.execute);
  const record = readRecord(config.stateDir) ?? { name, made: false, routes: [] };
  const notes = await loadImages({ name, ours: record.made }, deps);
  let reach = await findReach(kubeconfig, nodes, false, deps);
  if (reach.nodes === 'direct' && reach.pods === 'forward' && (await addRoutes(record, config.stateDir, nodes, deps))) reach = await findReach(kubeconfig, nodes, true, deps);
  const cluster = clusterOf({ kind: 'kind', title: `kind cluster '${name}'${record.made ? '' : ' (adopted; `down` leaves it)'}`, kubeconfig, nodes, reach, notes }, deps);
  const dns = createClusterDns({ kubeconfig, execute: deps.execute, log: deps.log });
  return {
    ...cluster,
    describe: () => [...cluster.describe(), dns.line()],
    setNames: dns.set,
    close: async () => {
      await dns.settled();
      await cluster.close();
    },
  };
};
