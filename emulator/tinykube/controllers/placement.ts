// Where a pod may and should run: filters with the real scheduler's words, and the spread over zones; pure.
import type { Node, NodeSelectorTerm, Pod, Taint } from './kinds.js';
import { controllerOf } from './owners.js';
import { conditionOf, isOver } from './pods.js';
import { demandOf, quantity } from './quantities.js';
import { labelsMatch, requirementHolds } from './selectors.js';
import { tolerates } from './taints.js';

const zoneLabel = 'topology.kubernetes.io/zone';

const termHolds = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean =>
  matchExpressions.length + matchFields.length > 0 &&
  matchExpressions.every((one) => requirementHolds(one, node.metadata.labels ?? {})) &&
  matchFields.every((one) => requirementHolds(one, { 'metadata.name': node.metadata.name }));

const affinityHolds = (pod: Pod, node: Node): boolean => {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return labelsMatch(pod.spec.nodeSelector ?? {}, node.metadata.labels) && (!terms || terms.some((term) => termHolds(term, node)));
};

const untolerated = (pod: Pod, node: Node): Taint | undefined =>
  (node.spec.taints ?? []).find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(pod.spec.tolerations ?? [], taint));

const cordoned: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

const shortOf = (pod: Pod, node: Node, there: readonly Pod[]): string | undefined => {
  const room = node.status?.allocatable ?? {};
  const used = [...there, pod].map((one) => demandOf(one.spec));
  const total = (of: 'cpu' | 'memory'): number => used.reduce((sum, one) => sum + one[of], 0);
  if (there.length + 1 > Number(room['pods'] ?? Infinity)) return 'Too many pods';
  if (room['cpu'] && total('cpu') > quantity(room['cpu'])) return 'Insufficient cpu';
  if (room['memory'] && total('memory') > quantity(room['memory'])) return 'Insufficient memory';
  return undefined;
};

/** Why a pod may not run on a node, in the words of kube-scheduler; undefined when it may. */
export const obstacle = (pod: Pod, node: Node, there: readonly Pod[]): string | undefined => {
  if (node.spec.unschedulable && !tolerates(pod.spec.tolerations ?? [], cordoned)) return 'node(s) were unschedulable';
  if (conditionOf(node.status?.conditions, 'Ready')?.status !== 'True') return 'node(s) were not ready';
  const taint = untolerated(pod, node);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!affinityHolds(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  return shortOf(pod, node, there);
};

export type Placement = { node: string } | { problem: string };

const ownerId = (pod: Pod): string | undefined => controllerOf(pod)?.uid;

/**
 * The node with the fewest pods of the same owner in its zone, then on itself, then with the fewest pods at all; or why
 * there is none.
 */
export const place = (pod: Pod, nodes: readonly Node[], pods: readonly Pod[]): Placement => {
  const placed = pods.filter((one) => one.spec.nodeName && !isOver(one) && one.metadata.uid !== pod.metadata.uid);
  const on = (node: Node): Pod[] => placed.filter((one) => one.spec.nodeName === node.metadata.name);
  const zoneOf = new Map(nodes.map((node) => [node.metadata.name, node.metadata.labels?.[zoneLabel]]));
  const siblings = placed.filter((one) => ownerId(pod) !== undefined && ownerId(one) === ownerId(pod) && !one.metadata.deletionTimestamp);
  const obstacles = nodes.map((node) => obstacle(pod, node, on(node)));
  const score = (node: Node): number[] => [
    siblings.filter((one) => zoneOf.get(one.spec.nodeName ?? '') === zoneOf.get(node.metadata.name)).length,
    siblings.filter((one) => one.spec.nodeName === node.metadata.name).length,
    on(node).length,
  ];
  const open = nodes.filter((_, index) => obstacles[index] === undefined).map((node) => ({ node, score: score(node) }));
  const best = open.sort((a, b) => {
    const at = a.score.findIndex((value, index) => value !== b.score[index]);
    return at < 0 ? a.node.metadata.name.localeCompare(b.node.metadata.name) : (a.score[at] ?? 0) - (b.score[at] ?? 0);
  })[0];
  return best ? { node: best.node.metadata.name } : { problem: unschedulable(obstacles.filter((one) => one !== undefined)) };
};

const unschedulable = (obstacles: readonly string[]): string => {
  if (obstacles.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const one of obstacles) counts.set(one, (counts.get(one) ?? 0) + 1);
  const reasons = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([reason, count]) => `${count} ${reason}`).join(', ');
  return `0/${obstacles.length} nodes are available: ${reasons}.`;
};
