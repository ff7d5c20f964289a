// The controller with ten, a hundred and a thousand Services: from nothing, one change among the settled, and at rest.
import { startNlbox, type Run } from '../support/nlbox.js';
import { median } from './elb.js';
import { answers } from './first-byte.js';
import { createAll, names, podsPerService } from './fleet.js';
import { kubeOf, type Kube } from './kube.js';
import { judged, loadLine, memoryOf, restOf } from './process.js';

const sizes = [10, 100, 1000];

const flags = [
  ...['--pods-per-node', '1100'],
  ...['network-load-balancers', 'target-groups', 'security-groups-per-region'].flatMap((name) => ['--quota', `${name}=5000`]),
];

type Service = { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };
type Binding = { status?: { observedGeneration?: number } };

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
  const bindings = await follow(kube, '/apis/elbv2.k8s.aws/v1beta1/targetgroupbindings', 2 * count, isBound);
  const began = performance.now();
  await createAll(kube, 'default', names(0, count), { services: true, balanced: true, annotations });
  await Promise.all([addresses.full, bindings.full]);
  return performance.now() - began;
};

/** From the change of one port of one Service to a listener that can be connected to. */
const changeOne = async (kube: Kube, endpoint: string, name: string, port: number): Promise<number> => {
  const began = performance.now();
  await kube.ask('PATCH', `/api/v1/namespaces/default/services/${name}`, { spec: { ports: [{ name: 'web', port, targetPort: 8080 }, { name: 'admin', port: 8081, targetPort: 8080 }] } });
  const { status } = (await kube.ask('GET', `/api/v1/namespaces/default/services/${name}`)) as Service;
  const host = status?.loadBalancer?.ingress?.[0]?.hostname ?? '';
  while (!(await answers(endpoint, `${host}:${port}`)));
  return performance.now() - began;
};

/** Resolves when the process has come to rest after its start: several seconds with hardly any work. */
const comeToRest = async (pid: number): Promise<void> => {
  for (let turn = 0; turn < 60 && (await restOf(pid, 3_000)) > 0.05; turn += 1);
};

/** At rest with probes as seldom as AWS has them, and what one probe costs: from the same Services with fifty times as many. */
const measureRest = async (run: Run, targets: number): Promise<{ rest: number; probe: number }> => {
  const often = await restOf(run.pid, 20_000);
  await run.kill('SIGTERM');
  const again = await run.again('--timing', 'aws', ...flags);
  try {
    await comeToRest(again.pid);
    const rest = await restOf(again.pid, 60_000);
    return { rest, probe: (often - rest) / (targets / seldom.instant - targets / seldom.aws) };
  } finally {
    await again.kill('SIGINT');
  }
};

type Measured = { took: number; memory: number; change: number; rest: number; probe: number };

const measure = async (count: number): Promise<Measured> => {
  const teardowns: (() => void | Promise<void>)[] = [];
  const run = await startNlbox({ teardown: (fn) => void teardowns.push(fn) }, '--timing', 'instant', ...flags);
  try {
    const kube = kubeOf(run);
    const before = memoryOf(run.pid);
    const took = await reconcileAll(kube, count);
    const memory = memoryOf(run.pid) - before;
    const changes: number[] = [];
    for (let n = 0; n < 5; n++) changes.push(await changeOne(kube, run.env['AWS_ENDPOINT_URL'] ?? '', names(n, n + 1)[0] ?? '', 9000 + n));
    return { took, memory, change: median(changes), ...(await measureRest(run, 2 * count * podsPerService)) };
  } finally {
    for (const end of teardowns.reverse()) await end();
  }
};

/** Targets of 1,000 Services are probed every 10 seconds unless they say otherwise. */
const byDefault = (probe: number): string =>
  `of which probes: one costs ${(probe * 1e6).toFixed(0)} us of CPU, so that health checks every 10 seconds, the default, would take ${(probe * 600 * 100).toFixed(1)} % of a core`;

/** Lines for the report, each figure with its budget. */
export const controller = async (): Promise<string[]> => {
  const lines = [loadLine()];
  const all: Measured[] = [];
  for (const count of sizes) {
    const measured = await measure(count);
    all.push(measured);
    lines.push(`${count} Services: ${(measured.took / count).toFixed(1)} ms and ${((measured.memory * 1024) / count).toFixed(0)} KiB each, one change in force after ${measured.change.toFixed(0)} ms`);
  }
  const [small, , large] = all;
  if (!small || !large) return lines;
  const ratio = (of: (one: Measured) => number): number => of(large) / of(small);
  return [
    ...lines,
    judged('time per Service, at 1,000 against 10', ratio(({ took }) => took) / 100, 1.5, 'times', 2),
    judged('one change, among 1,000 against 10', ratio(({ change }) => change), 2, 'times', 2),
    judged('at rest over a minute with 1,000 Services, 6,000 targets probed every 300 seconds', large.rest * 100, 1, '% of a core', 2),
    byDefault(large.probe),
    loadLine(),
  ];
};
