// Which engine carries connections: as asked for, or the kernel where it can.
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { DataplaneOptions } from '../dataplane/dataplane.js';
import type { Route } from '../dataplane/types.js';
import { UserError } from '../errors.js';
import type { Log } from '../log.js';
import { runIdOf } from './house.js';

export type EngineDeps = { route: Route; clock: Clock; log: Log };

/** What a run that died left in the kernel; without nft or the right to use it there is nothing to remove. */
export const removeRules = async (runId: string): Promise<void> => {
  if (process.platform !== 'linux') return;
  const [{ removeLeftoverTables }, { systemCommands }] = await Promise.all([import('../dataplane/kernel/tables.js'), import('../dataplane/kernel/commands.js')]);
  await removeLeftoverTables(systemCommands, runId);
};

/** What the data plane is given of it. The kernel engine is loaded only when it may be used. */
export const chooseEngine = async ({ engine, stateDir }: Config, deps: EngineDeps): Promise<Pick<DataplaneOptions, 'kernel' | 'because'>> => {
  if (engine === 'user') return {};
  const { openKernel } = await import('../dataplane/kernel/engine.js');
  const kernel = await openKernel({ runId: runIdOf(stateDir), ...deps });
  if ('carry' in kernel) return { kernel, because: engine === 'auto' ? 'auto: nft, conntrack and CAP_NET_ADMIN are here' : 'as asked for' };
  if (engine === 'auto') return { because: `auto: no kernel engine, ${kernel.problem}` };
  throw new UserError(`the kernel engine cannot be had: ${kernel.problem}`, { hint: `${kernel.remedy} \`--engine user\` needs nothing.` });
};
