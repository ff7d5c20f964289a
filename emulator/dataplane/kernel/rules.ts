// The rules as they are in the kernel: changed in one transaction each, and set up anew when somebody removed the table.
import type { Log } from '../../log.js';
import type { Table } from './changes.js';
import type { Commands, Ran } from './commands.js';
import { marksOf, stepBetween, type Parts } from './parts.js';
import { timeoutText } from './timeouts.js';

/** Answers why not, in the kernel's words; undefined: it is done. */
type Answer = Promise<string | undefined>;

/** Keys of elements by the set in which the kernel counts them, as it lists them. */
export type Elements = ReadonlyMap<string, readonly (readonly (string | number)[])[]>;

export type Rules = {
  /** Whether there is a table of ours. */
  stands(): boolean;
  /** The marks to which the rules in force lead. */
  marks(): ReadonlySet<number>;
  /** How many marks those are. */
  ways(): number;
  /** All of it, or the rules stay as they are. */
  change(next: Parts): Answer;
  /** Whether the kernel would take these rules; nothing is changed. */
  rehearse(next: Parts): Answer;
  /** What the counting sets hold, as nft lists them; undefined when it does not. */
  counts(): Promise<string | undefined>;
  /** Takes elements out of the counting sets. */
  forget(elements: Elements): Answer;
  remove(): Answer;
};

const nothing: Ran = { ok: true, found: true, stdout: '', stderr: '' };

const wordsOf = ({ ok, found, stderr }: Ran): string | undefined => (ok ? undefined : found ? (stderr.split('\n')[0] ?? '') : 'nft is not there any more');

const removal = (name: string): object => ({ delete: { table: { family: 'ip', name } } });

const attempt = async (commands: Commands, table: Table, before: Parts | undefined, next: Parts, check: boolean): Promise<Ran> => {
  const { timeouts, commands: batch } = stepBetween(before, next, table);
  const prepared = timeouts.length === 0 ? nothing : await commands.text(timeouts.map((name) => timeoutText(table.name, name)).join(''));
  return batch.length === 0 || !prepared.ok ? prepared : commands.batch(batch, { check });
};

const rehearse = async (commands: Commands, table: Table, next: Parts): Answer => {
  // In a table of its own: the one that stands may not be as we think.
  const trial = { ...table, name: `${table.name}_try` };
  const ran = await attempt(commands, trial, undefined, next, true);
  if ([...next.values()].some(({ timeouts }) => timeouts.size > 0)) await commands.batch([removal(trial.name)]);
  return wordsOf(ran);
};

const elementsOf = (table: Table, elements: Elements): object[] =>
  [...elements].filter(([, keys]) => keys.length > 0).map(([name, keys]) => ({
    delete: { element: { family: 'ip', table: table.name, name, elem: keys.map((key) => (key.length === 1 ? key[0] : { concat: key })) } },
  }));

/** Nothing is there yet. */
export const createRules = ({ commands, table, log }: { commands: Commands; table: Table; log: Log }): Rules => {
  let applied: Parts | undefined;
  const remove = async (): Answer => {
    const problem = wordsOf(await commands.batch([removal(table.name)]));
    if (problem === undefined) applied = undefined;
    return problem;
  };
  const change = async (next: Parts): Answer => {
    const problem = wordsOf(await attempt(commands, table, applied, next, false));
    if (problem === undefined) applied = next;
    return problem;
  };
  return {
    stands: () => applied !== undefined,
    marks: () => marksOf(applied),
    ways: () => [...(applied?.values() ?? [])].reduce((sum, { hosts }) => sum + hosts.size, 0),
    change: async (next) => {
      const problem = await change(next);
      if (problem === undefined || !applied || (await rehearse(commands, table, next)) !== undefined) return problem;
      log.warn({ table: table.name, problem }, 'the kernel has other rules than were put there: they are set up anew');
      await remove();
      applied = undefined;
      return change(next);
    },
    rehearse: (next) => rehearse(commands, table, next),
    counts: async () => {
      const { ok, stdout } = await commands.batch([{ list: { sets: { family: 'ip', table: table.name } } }]);
      return ok ? stdout : undefined;
    },
    forget: async (elements) => {
      const batch = elementsOf(table, elements);
      return batch.length === 0 ? undefined : wordsOf(await commands.batch(batch));
    },
    remove,
  };
};
