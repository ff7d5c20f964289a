// Marks for flows: each way from a node to a target has a number that its flows carry, so that the kernel can count by it.
import type { NodeSpec } from '../place.js';

/** One way through the load balancer. `zone` and `entrance` are where the client came in; `host` is where packets go. */
export type Way = { spec: NodeSpec; zone: string; entrance: string; poolId: string; targetId: string; host: string; port: number; failOpen: boolean };

export type FlowClass = Way & { mark: number; why: string };

export type Classes = {
  /** The same way has the same mark, until that is forgotten. */
  of(way: Way, why: string): FlowClass;
  find(mark: number): FlowClass | undefined;
  all(): Iterable<FlowClass>;
  size(): number;
  /** Marks are not given again for other ways. */
  forget(marks: Iterable<number>): void;
};

/** The upper eight bits of a mark say whose it is, so that flows of others that bear marks too are left alone. */
export const maskOfOwner = 0xff000000;

const keyOf = ({ spec, zone, poolId, targetId, host, port, failOpen }: Way): string =>
  [spec.listenerId, spec.transport, spec.address, spec.port, zone, poolId, targetId, host, port, failOpen].join('|');

/** `owner` is 1 to 255. */
export const createClasses = (owner: number): Classes => {
  const byKey = new Map<string, FlowClass>();
  const byMark = new Map<number, FlowClass>();
  let last = 0;
  const add = (key: string, way: Way, why: string): FlowClass => {
    last += 1;
    const fresh = { ...way, why, mark: owner * 0x1000000 + last };
    byKey.set(key, fresh);
    byMark.set(fresh.mark, fresh);
    return fresh;
  };
  return {
    of: (way, why) => {
      const key = keyOf(way);
      const known = byKey.get(key);
      return known ? Object.assign(known, { why }) : add(key, way, why);
    },
    find: (mark) => byMark.get(mark),
    all: () => byMark.values(),
    size: () => byMark.size,
    forget: (marks) => {
      for (const mark of marks) {
        const gone = byMark.get(mark);
        byMark.delete(mark);
        if (gone) byKey.delete(keyOf(gone));
      }
    },
  };
};
