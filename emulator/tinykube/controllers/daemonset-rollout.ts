// Which pods of a DaemonSet go, and which nodes get a second one, while its template changes; pure. Models pkg/controller/daemon rollingUpdate.
import { resolveCount } from './rollout.js';
import type { DaemonSet, Pod } from './kinds.js';
import { isActive, isReady } from './pods.js';

export type Replacement = { gone: readonly Pod[]; second: readonly string[] };

type Seat = { node: string; old: readonly Pod[]; fresh: Pod | undefined };

const serves = (pod: Pod | undefined): boolean => pod !== undefined && isActive(pod) && isReady(pod);

/** So many pods may be away, or too many, at a time. */
const limitsOf = ({ spec }: DaemonSet, nodes: number): { maxUnavailable: number; maxSurge: number } => {
  const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  return { maxUnavailable: resolveCount(maxUnavailable, nodes, Math.ceil), maxSurge: resolveCount(maxSurge, nodes, Math.ceil) };
};

/** Those that do not serve go at once; of the others as many as may be away. */
const oneForOne = (seats: readonly Seat[], maxUnavailable: number): Replacement => {
  const away = seats.filter(({ old, fresh }) => !old.some(serves) && !serves(fresh)).length;
  const waiting = seats.flatMap(({ old, fresh }) => (fresh ? [] : old));
  const gone = [...waiting.filter((pod) => !serves(pod)), ...waiting.filter(serves).slice(0, Math.max(0, maxUnavailable - away))];
  return { gone, second: [] };
};

/** The new one comes first; when it serves, the old ones go. */
const newFirst = (seats: readonly Seat[], maxSurge: number): Replacement => {
  const gone = seats.flatMap(({ old, fresh }) => (serves(fresh) ? old : []));
  const alone = seats.filter(({ old, fresh }) => old.length === 1 && !fresh);
  const surging = seats.filter(({ old, fresh }) => old.length > 0 && fresh && !serves(fresh)).length;
  const serving = alone.filter(({ old }) => old.some(serves));
  const next = [...alone.filter((seat) => !serving.includes(seat)), ...serving.slice(0, Math.max(0, maxSurge - surging))];
  return { gone, second: next.map(({ node }) => node) };
};

/** The next step. A pod that is on its way out keeps its node's place. */
export const nextStep = (set: DaemonSet, nodes: readonly string[], pods: readonly Pod[], of: { node(pod: Pod): string | undefined; isFresh(pod: Pod): boolean }): Replacement => {
  if (set.spec.updateStrategy?.type === 'OnDelete') return { gone: [], second: [] };
  const { maxUnavailable, maxSurge } = limitsOf(set, nodes.length);
  const seats = nodes.map((node) => {
    const here = pods.filter((pod) => of.node(pod) === node);
    return { node, old: here.filter((pod) => !of.isFresh(pod)), fresh: here.find(of.isFresh) };
  });
  return maxSurge > 0 ? newFirst(seats, maxSurge) : oneForOne(seats, maxUnavailable);
};
