// Ends the flows of deregistered targets when their time is up, where the group says so.
import type { Clock, Timer } from '../clock.js';
import type { Cut } from './apply.js';

export type Drain = { update(cuts: readonly Cut[]): void; stop(): void };

/** `cut` is called with a target's key when its flows must end. */
export const createDrain = ({ clock, cut }: { clock: Clock; cut: (key: string) => void }): Drain => {
  const ends = new Map<string, number>();
  let timer: Timer | undefined;
  const arm = (): void => {
    timer?.cancel();
    timer = ends.size === 0 ? undefined : clock.after(Math.min(...ends.values()) - clock.now(), run);
  };
  const run = (): void => {
    for (const [key, at] of ends) {
      if (at > clock.now()) continue;
      ends.delete(key);
      cut(key);
    }
    arm();
  };
  return {
    update: (cuts) => {
      for (const { key, at } of cuts) {
        if (at === undefined) ends.delete(key);
        else ends.set(key, at);
      }
      run();
    },
    stop: () => {
      ends.clear();
      arm();
    },
  };
};
