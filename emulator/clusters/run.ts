// Runs docker, kind, kubectl and ip: the array form, output collected, and a failure that shows itself as a line one can paste.
import { execa } from 'execa';
import { UserError } from '../errors.js';

export type Ran = {
  /** False when the program is not installed. */
  found: boolean;
  ok: boolean;
  stdout: string;
  /** Both streams, as a terminal would have shown them. */
  output: string;
  /** The command line, quoted for a shell. */
  line: string;
};

export type RunOptions = { input?: string; onLine?: (line: string) => void; timeout?: number };

export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<Ran>;

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

/** A command as one would type it; what it reads from standard input follows as a here-document. */
export const pasteable = (command: string, args: readonly string[], input?: string): string =>
  `${[command, ...args].map(quote).join(' ')}${input === undefined ? '' : ` <<'EOF'\n${input.trimEnd()}\nEOF`}`;

/** Never rejects: a program that is missing or fails is an answer. */
export const run: Run = async (command, args, { input, onLine, timeout } = {}) => {
  const child = execa(command, args, { reject: false, all: true, ...(input === undefined ? { stdin: 'ignore' as const } : { input }), ...(timeout === undefined ? {} : { timeout }) });
  // A program that is not there has no streams to read.
  if (onLine && child.pid !== undefined) for await (const line of child.iterable({ from: 'all' })) onLine(String(line));
  const result = await child;
  return { found: result.code !== 'ENOENT', ok: result.exitCode === 0, stdout: String(result.stdout ?? ''), output: String(result.all ?? ''), line: pasteable(command, args, input) };
};

/** The error of a command that failed: the sentence, the line to paste, and what the command said. */
export const failure = (sentence: string, ran: Ran): UserError =>
  new UserError(sentence, { hint: ran.found ? `The command was:\n    ${ran.line.replaceAll('\n', '\n    ')}\n  It said:\n    ${ran.output.trim().replaceAll('\n', '\n    ') || '(nothing)'}` : `\`${ran.line.split(' ')[0]}\` is not installed.` });

/** Standard output of a command that must succeed. */
export const must = async (running: Promise<Ran>, sentence: string): Promise<string> => {
  const ran = await running;
  if (!ran.ok) throw failure(sentence, ran);
  return ran.stdout;
};

/** A program that stays: each line as it comes, until it ends or `signal` ends it. */
export const follow = async (command: string, args: readonly string[], signal: AbortSignal, onLine: (line: string) => void): Promise<Ran> => {
  const child = execa(command, args, { reject: false, all: true, stdin: 'ignore', cancelSignal: signal, forceKillAfterDelay: 1_000 });
  if (child.pid !== undefined) for await (const line of child.iterable({ from: 'all' })) onLine(String(line));
  const result = await child;
  return { found: result.code !== 'ENOENT', ok: result.exitCode === 0, stdout: String(result.stdout ?? ''), output: String(result.all ?? ''), line: pasteable(command, args) };
};
