// Puts the rules of listeners in force, and finds out which of them the kernel does not take.
import type { Log } from '../../log.js';
import type { Listener } from '../types.js';
import { findCulprits } from './culprits.js';
import type { Parts } from './parts.js';
import type { Rules } from './rules.js';

export type PutOptions = { rules: Rules; compile: (listeners: readonly Listener[]) => Parts; log: Log };

/** `refused`: what the kernel does not take, and why; `lost`: why it takes nothing at all. */
export type Outcome = { refused: Map<Listener, string>; lost?: string };

/** All that the kernel takes is in force afterwards. */
export const put = async ({ rules, compile, log }: PutOptions, listeners: readonly Listener[]): Promise<Outcome> => {
  const problem = await rules.change(compile(listeners));
  if (problem === undefined) return { refused: new Map() };
  log.error({ problem }, 'the kernel refused the rules');
  const refused = await findCulprits(listeners, (some) => rules.rehearse(compile(some)));
  const rest = listeners.filter((one) => !refused.has(one));
  if (rest.length > 0 && (await rules.change(compile(rest))) === undefined) return { refused };
  const left = rules.stands() ? await rules.remove() : undefined;
  const stays = left === undefined ? '' : `, and the old ones, which cannot be removed (${left}), still catch what they caught`;
  return { refused: new Map(), lost: `the kernel takes no rules any more (${problem})${stays}; a restart tries again` };
};
