// What a container wrote, line by line with its time: this run of it and the one before, and whoever follows.
import { iso, type Clock } from '../../clock.js';

export type LogLine = { at: number; text: string };

export type ContainerJournal = {
  write(line: string): void;
  /** A new run of the container begins: what there was becomes the previous one. */
  turn(): void;
  /** The run is over: nothing will be written until the next. */
  close(): void;
  lines(previous: boolean): readonly LogLine[] | undefined;
  /** Calls `fn` with each further line of this run, and without one at its end. Returns how to leave. */
  follow(fn: (line: LogLine | undefined) => void): () => void;
};

const most = 1000;

/** Keeps the newest lines only. */
export const containerJournal = (clock: Clock): ContainerJournal => {
  const followers = new Set<(line: LogLine | undefined) => void>();
  let lines: LogLine[] = [];
  let before: LogLine[] | undefined;
  let closed = false;
  const close = (): void => {
    closed = true;
    for (const fn of followers) fn(undefined);
    followers.clear();
  };
  return {
    write: (text) => {
      const line = { at: clock.now(), text };
      lines.push(line);
      if (lines.length > most) lines.splice(0, lines.length - most);
      for (const fn of followers) fn(line);
    },
    turn: () => {
      close();
      closed = false;
      before = lines;
      lines = [];
    },
    close,
    lines: (previous) => (previous ? before : lines),
    follow: (fn) => {
      if (closed) fn(undefined);
      else followers.add(fn);
      return () => void followers.delete(fn);
    },
  };
};

export type LogOptions = { follow: boolean; previous: boolean; timestamps: boolean; tailLines?: number; sinceSeconds?: number; limitBytes?: number; signal: AbortSignal };

const shown = (options: LogOptions) => ({ at, text }: LogLine): string => (options.timestamps ? `${iso(at).slice(0, 23)}000000Z ${text}\n` : `${text}\n`);

/** The lines that are there already, by the client's options. */
export const pastLines = (lines: readonly LogLine[], now: number, options: LogOptions): string => {
  const recent = options.sinceSeconds === undefined ? lines : lines.filter(({ at }) => at >= now - (options.sinceSeconds ?? 0) * 1000);
  const last = options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  return last.map(shown(options)).join('');
};

const following = async function* (journal: ContainerJournal, { signal }: LogOptions): AsyncGenerator<LogLine> {
  const waiting: (LogLine | undefined)[] = [];
  let wake = (): void => {};
  const leave = journal.follow((line) => {
    waiting.push(line);
    wake();
  });
  const abort = (): void => {
    waiting.push(undefined);
    wake();
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (waiting.length === 0) await new Promise<void>((resolve) => { wake = resolve; });
      const line = waiting.shift();
      if (!line || signal.aborted) return;
      yield line;
    }
  } finally {
    leave();
    signal.removeEventListener('abort', abort);
  }
};

const read = async function* (journal: ContainerJournal, clock: Clock, options: LogOptions): AsyncGenerator<string> {
  yield pastLines(journal.lines(options.previous) ?? [], clock.now(), options);
  if (!options.follow || options.previous) return;
  for await (const line of following(journal, options)) yield shown(options)(line);
};

/** What `kubectl logs` gets; ends with the run when it follows. */
export const readLog = async function* (journal: ContainerJournal, clock: Clock, options: LogOptions): AsyncGenerator<string | Uint8Array> {
  let left = options.limitBytes ?? Infinity;
  for await (const text of read(journal, clock, options)) {
    const bytes = Buffer.byteLength(text);
    if (bytes > 0) yield bytes <= left ? text : Buffer.from(text).subarray(0, left);
    left -= bytes;
    if (left <= 0) return;
  }
};
