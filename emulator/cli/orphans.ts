// `nlbox orphans`: what carries the cluster's tags while its Service is gone, and its removal.
import type { Orphan } from '../main.js';
import { fetchOrphans, removeOrphans } from './admin.js';
import { requireRun, type StateOptions } from './run-file.js';

const lines = ({ stack, resources }: Orphan): string[] => [stack, ...resources.map((one) => `  ${one}`)];

const text = (found: Orphan[], removed: boolean): string[] => {
  if (found.length === 0) return ['nothing is left of Services that are gone'];
  return [...found.flatMap(lines), removed ? 'removed' : 'Remove them with `npx nlbox orphans --remove`.'];
};

/** Looks again at this moment; with `remove`, what is found goes. */
export const orphans = async (options: StateOptions & { remove?: boolean; json?: boolean }): Promise<void> => {
  const run = requireRun(options);
  const found = await (options.remove ? removeOrphans : fetchOrphans)(run);
  process.stdout.write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : `${text(found, options.remove ?? false).join('\n')}\n`);
};
