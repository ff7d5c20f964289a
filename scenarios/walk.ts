// Runs one step of a page, hooks and comparison included, and reports on it.
import path from 'node:path';
import type { Clock } from '../emulator/clock.js';
import { compare } from './compare.js';
import { secondsText, type StepReport } from './report.js';
import type { Shell, ShellResult } from './shell.js';
import type { Mode, Step } from './steps.js';

/** What every step of one rehearsal shares. */
export type Walk = {
  file: string;
  /** Where its hooks are. */
  hooks: string;
  /** Whether its samples may show how older versions answered, or a moment for which the page does not wait. */
  lenient: boolean;
  clock: Clock;
  mode: Mode;
  shell: Shell;
  say: (line: string) => void;
  signal: AbortSignal | undefined;
  /** Called after each block, to tell which stand-ins it used. */
  used?: () => void;
};

/** A report on a step of which nothing is known yet. */
export const blank = (step: Step): StepReport => ({
  line: step.line,
  commands: step.commands,
  outcome: 'ok',
  duration: 0,
  reason: undefined,
  differences: [],
  stdout: '',
  stderr: '',
});

/** A text as one word of bash. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// Linux refuses to start a program with a variable of 128 KiB; four bytes a character at most.
const longestVariable = 30_000;

// Upstream hands over a list of nothing, output and errors where an error is expected.
const testOutput = (walk: Walk, step: Step, { stdout, stderr }: StepReport): string =>
  step.expectError && walk.mode === 'upstream' ? `,${stdout},${stderr}` : stdout;

const runHook = (walk: Walk, step: Step, when: 'before' | 'after', output = ''): Promise<ShellResult> => {
  const script = path.join(walk.hooks, `hook-${step.hook}.sh`);
  walk.say(`  hook ${step.hook} ${when}`);
  return walk.shell.run({
    script: `bash ${quoted(script)} ${when}`,
    timeout: step.hookTimeout,
    env: when === 'after' ? { TEST_OUTPUT: output.slice(0, longestVariable) } : {},
    carry: false,
  });
};

/** Why a block or hook is taken as failed, in words. */
export const whyFailed = (result: ShellResult, timeout: number): string | undefined => {
  if (result.timedOut) return `timed out after ${timeout} s (the block's timeout=)`;
  if (result.exitCode === 127) return 'exit status 127: a command was not found';
  return result.exitCode === 0 ? undefined : `exit status ${result.exitCode ?? 'unknown, ended by a signal'}`;
};

// Upstream takes both exit statuses for an expected error, so that there it never proves one.
const judge = (walk: Walk, step: Step, result: ShellResult): string | undefined => {
  const failure = whyFailed(result, step.timeout);
  if (!step.expectError || result.timedOut) return failure;
  return failure === undefined && walk.mode === 'checked' ? 'an error was expected, but the block succeeded' : undefined;
};

const runBlock = async (walk: Walk, step: Step): Promise<StepReport> => {
  const result = await walk.shell.run({ script: step.script, timeout: step.timeout, carry: !step.expectError });
  const { stdout, stderr } = result;
  walk.used?.();
  const reason = judge(walk, step, result);
  if (reason !== undefined) return { ...blank(step), outcome: 'failed', reason, stdout, stderr };
  const differences = walk.mode === 'checked' ? compare(step.sample, stdout, walk.lenient) : [];
  return { ...blank(step), outcome: differences.length > 0 ? 'differs' : 'ok', differences, stdout, stderr };
};

const withHooks = async (walk: Walk, step: Step): Promise<StepReport> => {
  if (step.hook === undefined) return runBlock(walk, step);
  const before = await runHook(walk, step, 'before');
  const failedBefore = whyFailed(before, step.hookTimeout);
  if (failedBefore) {
    return { ...blank(step), outcome: 'failed', reason: `hook before: ${failedBefore}`, stderr: before.stderr };
  }
  const report = await runBlock(walk, step);
  if (report.outcome === 'failed') return report;
  const after = await runHook(walk, step, 'after', testOutput(walk, step, report));
  const failedAfter = whyFailed(after, step.hookTimeout);
  return failedAfter ? { ...report, outcome: 'failed', reason: `hook after: ${failedAfter}`, stderr: after.stderr } : report;
};

/** Runs a step; never throws because of what the step does. */
export const runStep = async (walk: Walk, step: Step): Promise<StepReport> => {
  const started = walk.clock.now();
  const report = { ...(await withHooks(walk, step)), duration: walk.clock.now() - started };
  const findings = [report.reason, ...report.differences.map(({ where }) => where)].filter(Boolean);
  walk.say(`  ${report.outcome} ${secondsText(report.duration)}${findings.length > 0 ? `: ${findings.join(', ')}` : ''}`);
  return report;
};
