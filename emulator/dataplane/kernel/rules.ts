// The rules as they are in the kernel: changed in one transaction each, and set up anew when somebody removed the table.
import type { Log } from '../../log.js';
import { changesBetween, type Table } from './changes.js';
import type { Commands, Ran } from './commands.js';
import type { Ruleset } from './ruleset.js';
import { timeoutText } from './timeouts.js';

export type Rules = {
  /** Whether there is a table of ours. */
  stands(): boolean;
  change(next: Ruleset): Promise<void>;
  /** What the counting sets hold, as nft lists them. */
  counts(): Promise<string>;
  remove(): Promise<void>;
  /** Why the newest rules are not in force. */
  problem(): { problem: string } | undefined;
};

const nothing: Ran = { ok: true, found: true, stdout: '', stderr: '' };

/** Nothing is there yet. */
export const createRules = ({ commands, table, log }: { commands: Commands; table: Table; log: Log }): Rules => {
  let applied: Ruleset | undefined;
  let problem: string | undefined;
  const attempt = async (before: Ruleset | undefined, next: Ruleset): Promise<Ran> => {
    const fresh = [...next.timeouts].filter((name) => !before?.timeouts.has(name));
    const prepared = fresh.length === 0 ? nothing : await commands.text(fresh.map((name) => timeoutText(table.name, name)).join(''));
    const batch = changesBetween(before, next, table);
    return batch.length === 0 || !prepared.ok ? prepared : commands.batch(batch);
  };
  const remove = async (): Promise<void> => {
    await commands.batch([{ delete: { table: { family: 'ip', name: table.name } } }]);
    applied = undefined;
  };
  return {
    stands: () => applied !== undefined,
    change: async (next) => {
      let ran = await attempt(applied, next);
      if (!ran.ok && applied) {
        log.warn({ table: table.name, problem: ran.stderr }, 'the kernel has other rules than were put there: they are set up anew');
        await remove();
        ran = await attempt(undefined, next);
      }
      problem = ran.ok ? undefined : `the kernel refused the rules (${ran.stderr.split('\n')[0]})`;
      if (ran.ok) applied = next;
      else log.error({ table: table.name, problem: ran.stderr }, 'the kernel refused the rules');
    },
    counts: async () => (await commands.batch([{ list: { sets: { family: 'ip', table: table.name } } }])).stdout,
    remove,
    problem: () => (problem === undefined ? undefined : { problem }),
  };
};
