// The embedded Kubernetes alone, with a thousand Services and their three thousand pods.
import fs from 'node:fs';
import path from 'node:path';
import { startNlbox, type Run } from '../support/nlbox.js';
import { median } from './elb.js';
import { createAll, names, podsPerService, serviceOf } from './fleet.js';
import { kubeOf, type Kube, type KubeEvent } from './kube.js';
import { cpuOf, judged, loadLine, memoryOf, restOf } from './process.js';
import { cpuOfStart } from './start.js';

const many = 1000;
const few = 10;

type Pod = { status?: { conditions?: { type: string; status: string }[] } };
type Slice = { endpoints?: { conditions?: { ready?: boolean } }[] };

const podIsReady = (object: unknown): boolean => (object as Pod).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
const sliceIsFull = (object: unknown): boolean => ((object as Slice).endpoints ?? []).filter(({ conditions }) => conditions?.ready).length === podsPerService;

/** Watches a collection; `full` resolves when so many of its objects are as they should be. */
const follow = async (kube: Kube, collection: string, wanted: number, isDone: (object: unknown) => boolean) => {
  const versions: string[] = [];
  const latest = new Map<string, string>();
  const done = new Set<string>();
  let fill = (): void => {};
  const full = new Promise<void>((resolve) => (fill = resolve));
  const stop = await kube.watch(collection, ({ object }: KubeEvent) => {
    const { name, resourceVersion } = object.metadata;
    versions.push(resourceVersion);
    latest.set(name, resourceVersion);
    if (isDone(object)) done.add(name);
    if (done.size === wanted) fill();
  });
  return { full, stop, versions, latest };
};

type Followed = Awaited<ReturnType<typeof follow>>;

/** Every change, each once, in the order in which they were made, the same to both watchers, and nothing missing at the end. */
const isFaithful = async (kube: Kube, collection: string, [one, other]: [Followed, Followed]): Promise<boolean> => {
  const { items } = (await kube.ask('GET', collection)) as { items?: { metadata: { name: string; resourceVersion: string } }[] };
  const rising = one.versions.every((version, n) => n === 0 || Number(version) > Number(one.versions[n - 1]));
  return rising && one.versions.join() === other.versions.join() && (items ?? []).every(({ metadata }) => one.latest.get(metadata.name) === metadata.resourceVersion);
};

const fill = async (kube: Kube, namespace: string, count: number): Promise<{ took: number; faithful: boolean }> => {
  await kube.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const watchers = await Promise.all([
    follow(kube, pods, count * podsPerService, podIsReady),
    follow(kube, pods, count * podsPerService, podIsReady),
    follow(kube, slices, count, sliceIsFull),
  ]);
  const began = performance.now();
  await createAll(kube, namespace, names(0, count), { pods: true, services: true });
  await Promise.all(watchers.map(({ full }) => full));
  const took = performance.now() - began;
  const faithful = await isFaithful(kube, pods, [watchers[0], watchers[1]]);
  for (const { stop } of watchers) stop();
  return { took, faithful };
};

// What Google's package calls kubectl asks the server's version first, over a connection of its own, to choose one of these.
const kubectl = ['/usr/lib/google-cloud-sdk/bin/kubectl.1.33'].find((file) => fs.existsSync(file)) ?? 'kubectl';

/** Milliseconds that a line takes, and of the server's CPU. */
const timed = async (run: Run, line: string): Promise<{ took: number; server: number }> => {
  const times: number[] = [];
  const before = cpuOf(run.pid);
  for (let n = 0; n < 5; n++) {
    const began = performance.now();
    await run.sh(line);
    times.push(performance.now() - began);
  }
  return { took: median(times), server: (cpuOf(run.pid) - before) / 5 };
};

const lists = async (run: Run): Promise<string[]> => {
  const { took: own } = await timed(run, `${kubectl} version --client`);
  const lines: string[] = [`kubectl's own start: ${own.toFixed(0)} ms`];
  for (const resource of ['services', 'pods', 'endpointslices', 'deployments']) {
    const some = await timed(run, `${kubectl} -n few get ${resource} > /dev/null`);
    const all = await timed(run, `${kubectl} -n many get ${resource} > /dev/null`);
    const [short, long] = [some.took - own, all.took - own];
    const what = `kubectl get ${resource}, ${many} Services' against ${few}'s`;
    const times = `${long.toFixed(0)} ms against ${short.toFixed(0)} ms, of them the server ${all.server.toFixed(0)} ms of CPU against ${some.server.toFixed(0)} ms`;
    // On a busy machine the short list can seem to take less than kubectl's own start: no ratio then.
    lines.push(short > 0 ? `${judged(what, long / short, 2, 'times', 1)} ${times}` : `${what}: no ratio, ${times}`);
  }
  return lines;
};

const applies = async (run: Run): Promise<string> => {
  const file = path.join(run.home, 'service.json');
  const apply = async (turn: number): Promise<void> => {
    const { metadata, ...rest } = serviceOf('applied', false) as { metadata: object };
    fs.writeFileSync(file, JSON.stringify({ ...rest, metadata: { ...metadata, labels: { turn: String(turn) } } }));
    await run.sh(`${kubectl} -n many apply -f ${file}`);
  };
  await apply(0);
  const before = cpuOf(run.pid);
  for (let turn = 1; turn <= 20; turn++) await apply(turn);
  return judged('server time of kubectl apply of one Service', (cpuOf(run.pid) - before) / 20, 10, 'ms', 1);
};

/** Lines for the report, each figure with its budget. */
export const kubernetes = async (): Promise<string[]> => {
  const flags = ['--controller', 'none', '--pods-per-node', '1100'];
  const started = judged('CPU from start to a ready API with three nodes', await cpuOfStart(...flags), 500, 'ms');
  const teardowns: (() => void | Promise<void>)[] = [];
  const run = await startNlbox({ teardown: (fn) => void teardowns.push(fn) }, ...flags);
  try {
    const lines = [loadLine(), started];
    const kube = kubeOf(run);
    await fill(kube, 'few', few);
    const before = memoryOf(run.pid);
    const { took, faithful } = await fill(kube, 'many', many);
    lines.push(judged(`${many} Services with ${many * podsPerService} pods, all ready and in their endpoints`, took / 1000, 30, 's', 1));
    lines.push(`every event to two watchers of the pods, in order: ${faithful ? 'yes' : 'NO'}`);
    lines.push(judged('memory per pod', ((memoryOf(run.pid) - before) * 1024) / (many * podsPerService), 100, 'KiB'));
    lines.push(...(await lists(run)), await applies(run));
    lines.push(judged('at rest over 30 s', (await restOf(run.pid, 30_000)) * 100, 1, '% of a core', 2), loadLine());
    return lines;
  } finally {
    for (const end of teardowns.reverse()) await end();
  }
};
