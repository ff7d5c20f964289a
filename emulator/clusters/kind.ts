// A kind cluster: checks what is there, makes or adopts it, loads images, and finds the way to its nodes and pods.
import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.js';
import { UserError } from '../errors.js';
import type { Outside } from '../tinykube/tinykube.js';
import { openEntrance } from './entrance.js';
import { clustersIn, isOldKind, isPatchRefused, kindConfig, kindVersion } from './kind-config.js';
import { createClusterDns } from './kind-dns.js';
import { loadImages } from './kind-images.js';
import { findWays } from './kind-reach.js';
import { readRecord, removeKind, writeRecord } from './kind-record.js';
import { askNodes, clusterOf, type Deps } from './kubectl-cluster.js';
import { failure, must, type Ran } from './run.js';
import type { Cluster } from './types.js';

const instead = 'or leave out --cluster kind: the embedded cluster needs neither Docker nor kind';

const checkDocker = async ({ execute, say }: Deps): Promise<void> => {
  const docker = await execute('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 30_000 });
  if (!docker.found) throw new UserError(`--cluster kind needs Docker, which is not installed; install it, ${instead}`);
  if (docker.ok) return say(`Docker ${docker.stdout.trim()}`);
  // Podman under Docker's name has another table of facts, and kind knows how to use it.
  const podman = await execute('docker', ['info', '--format', '{{.Version.Version}}'], { timeout: 30_000 });
  if (!podman.ok) throw failure(`--cluster kind needs Docker, which does not answer; start it, ${instead}`, docker);
  say(`Podman ${podman.stdout.trim()}`);
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

const settled = [
  ['nodes', '--all', '--timeout=120s'],
  ['pods', '-n', 'kube-system', '-l', 'k8s-app=kube-dns', '--timeout=60s'],
];

/**
 * kind waits for the control plane only: workers may still be on their way, and so may the DNS pods, by which it is seen
 * whether pods are in reach. What is not there in time is no reason to stop.
 */
const settle = async (kubeconfig: string, { execute, say, log }: Deps): Promise<void> => {
  say('waiting for the nodes and the DNS of the cluster');
  for (const what of settled) {
    const waited = await execute('kubectl', ['--kubeconfig', kubeconfig, 'wait', '--for=condition=Ready', ...what]);
    if (!waited.ok) log.info({ line: waited.line, output: waited.output }, 'not all is ready');
  }
};

/** `--cluster kind`, from nothing to a cluster that can be dialled. */
export const startKind = async (config: Config, deps: Deps & { /** Where names of load balancers lead. */ outside?: Outside }): Promise<Cluster> => {
  const name = config.kindName ?? config.clusterName;
  const kubeconfig = path.join(config.stateDir, 'kubeconfig');
  await checkDocker(deps);
  await checkKind(deps);
  fs.mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  await createOrAdopt(config, name, kubeconfig, deps);
  const record = readRecord(config.stateDir) ?? { name, made: false, routes: [] };
  // Somebody's own cluster may have a node that is never ready.
  if (record.made) await settle(kubeconfig, deps);
  const nodes = await askNodes(kubeconfig, deps.execute);
  const notes = await loadImages({ name, ours: record.made }, deps);
  const ways = await findWays({ name, stateDir: config.stateDir, kubeconfig, nodes, record }, deps);
  const title = `kind cluster '${name}'${record.made ? '' : ' (adopted; `down` leaves it)'}`;
  const cluster = clusterOf({ kind: 'kind', title, kubeconfig, nodes, reach: ways.reach, container: ways.container, notes: [...ways.notes, ...notes] }, deps);
  const entrance = await openEntrance({ kubeconfig, node: nodes[0], outside: deps.outside }, deps);
  const dns = createClusterDns({ kubeconfig, entrance, execute: deps.execute, log: deps.log });
  return {
    ...cluster,
    describe: () => [...cluster.describe(), dns.line()],
    setNames: dns.set,
    close: async () => {
      await dns.settled();
      await cluster.close();
      ways.container?.close();
      entrance?.close();
    },
  };
};
