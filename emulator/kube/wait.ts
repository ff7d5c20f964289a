// Waiting for the cache to show something: woken by its changes, ended by a time limit. No polling.
import type { Clock } from '../clock.js';
import type { Informer } from './informer.js';
import type { KubeObject } from './types.js';

/** The words in which Go's wait package says that time ran out; they show in Events. */
export const timedOut = 'timed out waiting for the condition';

/** Resolves when `seen` holds for the cache; rejects after `ms`, or when `signal` is aborted. */
export const waitFor = async <T extends KubeObject>(
  informer: Informer<T>,
  seen: () => boolean,
  { clock, ms, signal }: { clock: Clock; ms: number; signal?: AbortSignal },
): Promise<void> => {
  if (seen()) return;
  await new Promise<void>((resolve, reject) => {
    const end = (finish: () => void): void => {
      off();
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      finish();
    };
    const abort = (): void => end(() => reject(signal?.reason as Error));
    const off = informer.on(() => {
      if (seen()) end(resolve);
    });
    const timer = clock.after(ms, () => end(() => reject(new Error(timedOut))));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
  });
};
