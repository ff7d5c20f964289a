// lowdb's extension point: reads the tables from the journal's files, and writes only what was staged since the last write.
import type { Adapter } from 'lowdb';
import type { Change, Journal, Tables } from '../journal.js';
import type { Clock, Timer } from '../clock.js';

export type JournalAdapter = Adapter<Tables> & {
  /** What the next write appends, as one batch. */
  stage(changes: readonly Change[]): void;
  /** What had to be set aside, known after the first read. */
  recovered(): readonly string[];
  close(): void;
};

export type AdapterOptions = {
  journal: Journal;
  clock: Clock;
  /** Bytes of journal after which a snapshot is written in the background. */
  compactAt: number;
  onCompactFailure(error: unknown): void;
};

/** Appends batches, and writes a snapshot in the background when that pays. */
const createAppender = ({ journal, clock, compactAt, onCompactFailure }: AdapterOptions) => {
  let timer: Timer | undefined;
  // A failed append may have left half a line, which would hide all later ones: only a new snapshot mends that.
  let torn = false;
  const compact = (tables: Tables): void => {
    try {
      journal.compact(tables);
    } catch (error) {
      torn = true;
      onCompactFailure(error);
    }
  };
  return {
    append: (tables: Tables, changes: readonly Change[]): void => {
      if (torn) journal.compact(tables);
      torn = true;
      journal.append(changes);
      torn = false;
    },
    compactLater: (tables: Tables): void => {
      if (!journal.due(compactAt) || timer) return;
      timer = clock.after(1000, () => {
        timer = undefined;
        compact(tables);
      });
    },
    stop: (): void => timer?.cancel(),
  };
};

/** Group commit is the caller's: whatever is staged together is one line of the journal. */
export const createJournalAdapter = (options: AdapterOptions): JournalAdapter => {
  const { journal } = options;
  const appender = createAppender(options);
  let staged: readonly Change[] = [];
  let recovered: readonly string[] = [];
  return {
    stage: (changes) => {
      staged = changes;
    },
    recovered: () => recovered,
    read: async () => {
      const loaded = journal.load();
      recovered = loaded.recovered;
      return loaded.tables;
    },
    // `tables` is the state before the staged changes; they are swapped in by the store when this has resolved.
    write: async (tables) => {
      const changes = staged;
      staged = [];
      if (changes.length > 0) appender.append(tables, changes);
      appender.compactLater(tables);
    },
    close: () => {
      appender.stop();
      journal.close();
    },
  };
};

/** A journal that keeps nothing: for tests and for runs that need no memory. */
export const memoryJournal = (): Journal => ({
  load: () => ({ tables: new Map(), recovered: [] }),
  append: () => {},
  compact: () => {},
  due: () => false,
  close: () => {},
});
