// The controller with ten, a hundred and a thousand Services: from nothing, one change among the settled, and at rest.
import { startNlbox, type Run } from '../support/nlbox.js';
import { median } from './elb.js';
import { createAll, names, podsPerService } from './fleet.js';
import { kubeOf, type Kube } from './kube.js';
import { judged, loadLine, memoryOf, restOf } from './process.js';

const flags = [
  ...['--pods-per-node', '1100'],
  ...['network-load-balancers', 'target-groups', 'security-groups-per-region'].flatMap((name) => ['--quota', `${name}=5000`]),
];

type Service = { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };
type Binding = { spec: { serviceRef: { name: string; port: number } }; status?: { observedGeneration?: number } };

const bindingsPath = '/apis/elbv2.k8s.aws/v1beta1/targetgroupbindings';

/** Resolves, once the collection is watched, with a promise of so many of its objects being as they should be. */
const follow = async (kube: Kube, collection: string, wanted: number, isDone: (object: unknown) => boolean): Promise<{ full: Promise<void> }> => {
  const done = new Set<string>();
  let fill = (): void => {};
  const full = new Promise<void>((resolve) => (fill = resolve));
  const stop = await kube.watch(collection, ({ object }) => {
    if (isDone(object)) done.add(object.metadata.name);
    if (done.size >= wanted) fill();
  });
  return { full: full.then(stop) };
};

const hasAddress = (object: unknown): boolean => ((object as Service).status?.loadBalancer?.ingress ?? []).length > 0;
const isBound = (object: unknown): boolean => (object as Binding).status?.observedGeneration !== undefined;
const deployed = (object: unknown): boolean => (object as { status?: { availableReplicas?: number } }).status?.availableReplicas === podsPerService;

// Probes are traffic, not reconciling: as seldom as AWS allows. The profile `instant` makes 6 seconds of it.
const seldom = { aws: 300, instant: 6 };
const annotations = { 'service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval': String(seldom.aws) };

const reconcileAll = async (kube: Kube, count: number): Promise<number> => {
  const pods = await follow(kube, '/apis/apps/v1/deployments', count, deployed);
  await createAll(kube, 'default', names(0, count), { pods: true });
  await pods.full;
  const addresses = await follow(kube, '/api/v1/services', count, hasAddress);
  const bindings = await follow(kube, bindingsPath, 2 * count, isBound);
  const began = performance.now();
  await createAll(kube, 'default', names(0, count), { services: true, balanced: true, annotations });
  await Promise.all([addresses.full, bindings.full]);
  return performance.now() - began;
};

/** Once every binding that there is has been seen: how to wait for one that is still to come. */
const comingBindings = async (kube: Kube, present: number) => {
  const waiting = new Map<string, () => void>();
  let seen = 0;
  let showAll = (): void => {};
  const shown = new Promise<void>((resolve) => (showAll = resolve));
  const stop = await kube.watch(bindingsPath, ({ object }) => {
    seen += 1;
    if (seen >= present) showAll();
    const { spec, status } = object as unknown as Binding;
    if (status?.observedGeneration !== undefined) waiting.get(`${spec.serviceRef.name}:${spec.serviceRef.port}`)?.();
  });
  await shown;
  return { stop, bound: (name: string, port: number): Promise<void> => new Promise((resolve) => waiting.set(`${name}:${port}`, resolve)) };
};

/** From the change of one port of one Service until its listener is made and the targets behind it are registered. */
const changeOne = async (kube: Kube, coming: Awaited<ReturnType<typeof comingBindings>>, name: string, port: number): Promise<number> => {
  const bound = coming.bound(name, port);
  const began = performance.now();
  await kube.ask('PATCH', `/api/v1/namespaces/default/services/${name}`, { spec: { ports: [{ name: 'web', port, targetPort: 8080 }, { name: 'admin', port: 8081, targetPort: 8080 }] } });
  await bound;
  return performance.now() - began;
};

/** Resolves when the process has come to rest after its start: several seconds with hardly any work. */
const comeToRest = async (pid: number): Promise<void> => {
  for (let turn = 0; turn < 30 && (await restOf(pid, 3_000)) > 0.05; turn += 1);
};

/** From nothing, per Service: ms and KiB. `often` is the share of a core that is used with every target probed every 6 seconds. */
type Made = { took: number; memory: number; often: number };
/** Settled and started again, with probes as seldom as AWS allows: ms until a change is in force, and the share of a core at rest. */
type Settled = { change: number; rest: number };
/** For how long to look, in ms. */
type Looks = { often: number; rest: number };

const makeAll = async (run: Run, count: number, looks: Looks): Promise<Made> => {
  const before = memoryOf(run.pid);
  const took = (await reconcileAll(kubeOf(run), count)) / count;
  const memory = ((memoryOf(run.pid) - before) * 1024) / count;
  return { took, memory, often: looks.often > 0 ? await restOf(run.pid, looks.often) : 0 };
};

const changesToSettled = 9;

const lookAtSettled = async (run: Run, count: number, looks: Looks): Promise<Settled> => {
  await comeToRest(run.pid);
  const kube = kubeOf(run);
  const coming = await comingBindings(kube, 2 * count);
  const changes: number[] = [];
  for (let n = 0; n < changesToSettled; n += 1) changes.push(await changeOne(kube, coming, names(n, n + 1)[0] ?? '', 9000 + n));
  coming.stop();
  if (looks.rest > 0) await comeToRest(run.pid);
  return { change: median(changes), rest: looks.rest > 0 ? await restOf(run.pid, looks.rest) : 0 };
};

type Measured = Made & Settled;

const measure = async (count: number, looks: Looks = { often: 0, rest: 0 }): Promise<Measured> => {
  const teardowns: (() => void | Promise<void>)[] = [];
  const run = await startNlbox({ teardown: (fn) => void teardowns.push(fn) }, '--timing', 'instant', ...flags);
  try {
    const made = await makeAll(run, count, looks);
    await run.kill('SIGTERM');
    const again = await run.again('--timing', 'aws', ...flags);
    teardowns.push(() => again.kill('SIGINT'));
    return { ...made, ...(await lookAtSettled(again, count, looks)) };
  } finally {
    for (const end of teardowns.reverse()) await end();
  }
};

const lineOf = (count: number, { took, memory, change }: Measured): string =>
  `${count} Services: ${took.toFixed(1)} ms and ${memory.toFixed(0)} KiB each, one change in force after ${change.toFixed(0)} ms`;

/** What probing adds, measured, and what it would be for the default of one in 10 seconds: the budget is about nlbox without the traffic that its users ask for. */
const probing = (targets: number, { often, rest }: Measured): string => {
  const one = (often - rest) / (targets / seldom.instant - targets / seldom.aws);
  return `the same probed every ${seldom.instant} seconds: ${(often * 100).toFixed(1)} % of a core, so ${(one * 1e6).toFixed(0)} us of CPU for a probe with the pod's side of it, and about ${((rest + (one * targets) / 10) * 100).toFixed(1)} % every 10 seconds, the default`;
};

/** Lines for the report, each figure with its budget. */
export const controller = async (): Promise<string[]> => {
  const start = loadLine();
  const small = await measure(10);
  const middle = await measure(100);
  const large = await measure(1000, { often: 20_000, rest: 60_000 });
  const targets = 2 * 1000 * podsPerService;
  return [
    start,
    lineOf(10, small),
    lineOf(100, middle),
    lineOf(1000, large),
    judged('time per Service, at 1,000 against 10', large.took / small.took, 1.5, 'times', 2),
    judged('time per Service, at 1,000 against 100, with the code warm', large.took / middle.took, 1.5, 'times', 2),
    judged('memory per Service, at 1,000 against 100', large.memory / middle.memory, 1.5, 'times', 2),
    judged('one change, among 1,000 against 10', large.change / small.change, 2, 'times', 2),
    judged(`at rest over a minute with 1,000 Services, ${targets} targets probed every ${seldom.aws} seconds`, large.rest * 100, 1, '% of a core', 2),
    probing(targets, large),
    loadLine(),
  ];
};
