// What every controller is handed, and how it is shaped.
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Api } from '../types.js';

export type Context = { api: Api; clock: Clock; log: Log };

export type Running = { stop(): void };

/** Stops several things as one. */
export const stopAll = (parts: readonly (() => void)[]): Running => ({
  stop: () => {
    for (const stop of parts) stop();
  },
});
