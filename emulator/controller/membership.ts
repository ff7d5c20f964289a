// Which resources belong to which stack: listed seldom, and in between kept current by our own writes.
import type { Clock } from '../clock.js';
import type { Stack, Tags } from './model.js';
import { stackId, stackIn } from './tags.js';

export type Membership = {
  of(stack: Stack): Promise<string[]>;
  /** Every stack of the cluster that has something. */
  all(): Promise<Map<string, string[]>>;
  /** Ours by a write of our own. */
  put(arn: string, tags: Tags): void;
  drop(arn: string): void;
  /** A call failed, so we may have made what we do not know of: list again next time. */
  distrust(): void;
};

type Members = Map<string, Set<string>>;

// The real controller lists the whole account in each pass, which for N Services costs N times N. What somebody else
// makes or deletes is seen this much later, in ms.
const freshness = 2_000;

/** `list` gives the ARNs of everything there is, `tagsOf` their tags. */
export type MembershipSource = { clock: Clock; clusterName: string; list: () => Promise<string[]>; tagsOf: (arns: string[]) => Promise<Map<string, Tags>> };

const add = (into: Members, arn: string, tags: Tags, clusterName: string): void => {
  const stack = stackIn(tags, clusterName);
  if (stack !== undefined) into.set(stack, (into.get(stack) ?? new Set()).add(arn));
};

const take = (from: Members, arn: string): void => {
  for (const [stack, arns] of from) if (arns.delete(arn) && arns.size === 0) from.delete(stack);
};

const listed = async ({ list, tagsOf, clusterName }: MembershipSource): Promise<Members> => {
  const arns = await list();
  const tags = await tagsOf(arns);
  const found: Members = new Map();
  for (const arn of arns) add(found, arn, tags.get(arn) ?? {}, clusterName);
  return found;
};

/** Empty until it is first asked. */
export const createMembership = (source: MembershipSource): Membership => {
  const { clock, clusterName } = source;
  let members: Promise<Members> | undefined;
  let until = 0;
  const current = (): Promise<Members> => {
    if (!members || clock.now() >= until) {
      until = clock.now() + freshness;
      const filling = listed(source);
      members = filling;
      filling.catch(() => {
        if (members === filling) members = undefined;
      });
    }
    return members;
  };
  // A list that is on its way may have been taken before the write.
  const later = (change: (present: Members) => void): void => void members?.then(change, () => {});
  return {
    of: async (stack) => [...((await current()).get(stackId(stack)) ?? [])],
    all: async () => new Map([...(await current())].map(([stack, arns]) => [stack, [...arns]])),
    put: (arn, tags) => later((present) => add(present, arn, tags, clusterName)),
    drop: (arn) => later((present) => take(present, arn)),
    distrust: () => void (members = undefined),
  };
};
