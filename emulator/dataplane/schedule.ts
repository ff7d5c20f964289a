// Many due times on one timer: a binary heap, and nothing armed while it is empty.
import type { Clock, Timer } from '../clock.js';

type Item<T> = { due: number; what: T };

export type Schedule<T> = {
  add(due: number, what: T): void;
  /** Runs what is due now, without waiting for the timer. */
  run(): void;
  clear(): void;
};

const up = <T>(heap: Item<T>[], item: Item<T>): void => {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Item<T>;
    if (above.due <= item.due) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = item;
};

const smallerChild = <T>(heap: Item<T>[], at: number): number => {
  const left = 2 * at + 1;
  const right = heap[left + 1];
  return right && right.due < (heap[left] as Item<T>).due ? left + 1 : left;
};

const pop = <T>(heap: Item<T>[]): Item<T> | undefined => {
  const top = heap[0];
  const last = heap.pop();
  if (!last || heap.length === 0) return top;
  let at = 0;
  for (let child = 1; child < heap.length; ) {
    child = smallerChild(heap, at);
    const below = heap[child];
    if (!below || below.due >= last.due) break;
    heap[at] = below;
    at = child;
    child = 2 * at + 1;
  }
  heap[at] = last;
  return top;
};

/** At most `burst` run in one go; the rest follows `gap` ms later, so that thousands do not start together. */
export const createSchedule = <T>(options: { clock: Clock; burst: number; gap: number; fire: (what: T) => void }): Schedule<T> => {
  const { clock, burst, gap, fire } = options;
  const heap: Item<T>[] = [];
  let timer: (Timer & { at: number }) | undefined;
  const arm = (earliest: number): void => {
    const next = heap[0];
    const at = next && Math.max(next.due, earliest);
    if (timer?.at === at) return;
    timer?.cancel();
    timer = at === undefined ? undefined : { ...clock.after(at - clock.now(), onTimer), at };
  };
  const onTimer = (): void => {
    timer = undefined;
    run();
  };
  const run = (): void => {
    const now = clock.now();
    for (let count = 0; count < burst && heap[0] && heap[0].due <= now; count += 1) {
      const item = pop(heap);
      if (item) fire(item.what);
    }
    arm(now + gap);
  };
  return {
    add: (due, what) => {
      up(heap, { due, what });
      if (!timer || due < timer.at) arm(clock.now());
    },
    run,
    clear: () => {
      heap.length = 0;
      arm(0);
    },
  };
};
