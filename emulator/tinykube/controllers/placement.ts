// Where a pod may and should run: filters with the real scheduler's words, and the spread over zones; pure.
import type { Node, NodeSelectorTerm, Pod, Taint } from './kinds.js';
import { plus, type Usage } from './occupancy.js';
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

const shortOf = (pod: Pod, node: Node, there: Usage): string | undefined => {
  const room = node.status?.allocatable ?? {};
  const { pods, cpu, memory } = plus(there, demandOf(pod.spec));
  if (pods > Number(room['pods'] ?? Infinity)) return 'Too many pods';
  if (room['cpu'] && cpu > quantity(room['cpu'])) return 'Insufficient cpu';
  if (room['memory'] && memory > quantity(room['memory'])) return 'Insufficient memory';
  return undefined;
};

/** Why a pod may not run on a node, in the words of kube-scheduler; undefined when it may. */
export const obstacle = (pod: Pod, node: Node, there: Usage): string | undefined => {
  if (node.spec.unschedulable && !tolerates(pod.spec.tolerations ?? [], cordoned)) return 'node(s) were unschedulable';
  if (conditionOf(node.status?.conditions, 'Ready')?.status !== 'True') return 'node(s) were not ready';
  const taint = untolerated(pod, node);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!affinityHolds(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  return shortOf(pod, node, there);
};

export type Placement = { node: string } | { problem: string };

/** What is there already: how full each node is, and the pods of the same owner. */
export type Neighbours = { usageOf(node: string): Usage; siblings: readonly Pod[] };

const count = (siblings: readonly Pod[], keyOf: (pod: Pod) => string | undefined): Map<string | undefined, number> => {
  const counts = new Map<string | undefined, number>();
  for (const pod of siblings) counts.set(keyOf(pod), (counts.get(keyOf(pod)) ?? 0) + 1);
  return counts;
};

const scorer = (nodes: readonly Node[], { usageOf, siblings }: Neighbours) => {
  const zoneOf = new Map(nodes.map((node) => [node.metadata.name, node.metadata.labels?.[zoneLabel]]));
  const standing = siblings.filter((one) => one.spec.nodeName && !isOver(one) && !one.metadata.deletionTimestamp);
  const inZone = count(standing, ({ spec }) => zoneOf.get(spec.nodeName ?? ''));
  const onNode = count(standing, ({ spec }) => spec.nodeName);
  return ({ metadata: { name } }: Node): number[] => [inZone.get(zoneOf.get(name)) ?? 0, onNode.get(name) ?? 0, usageOf(name).pods];
};

/**
 * The node with the fewest pods of the same owner in its zone, then on itself, then with the fewest pods at all; or why
 * there is none.
 */
export const place = (pod: Pod, nodes: readonly Node[], neighbours: Neighbours): Placement => {
  const score = scorer(nodes, neighbours);
  const obstacles = nodes.map((node) => obstacle(pod, node, neighbours.usageOf(node.metadata.name)));
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
