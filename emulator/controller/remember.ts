// Answers of AWS that are kept for a while, as the real controller does: the same question asked twice at once is one call.
import type { Clock } from '../clock.js';

export const tenMinutes = 10 * 60_000;

export type Remembered<T> = {
  of(key: string): Promise<T>;
  /** The next question is asked again. */
  forget(key: string): void;
};

/** `ask` is called for what is not known, or no longer; a refusal is not remembered. */
export const remembering = <T>(clock: Clock, ms: number, ask: (key: string) => Promise<T>): Remembered<T> => {
  const known = new Map<string, { until: number; answer: Promise<T> }>();
  return {
    of: (key) => {
      const seen = known.get(key);
      if (seen && seen.until > clock.now()) return seen.answer;
      const entry = { until: clock.now() + ms, answer: ask(key) };
      known.set(key, entry);
      entry.answer.catch(() => {
        if (known.get(key) === entry) known.delete(key);
      });
      return entry.answer;
    },
    forget: (key) => void known.delete(key),
  };
};
