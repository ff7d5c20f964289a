// What a rehearsal found, and its forms for people and for programs. Pure.
import type { Difference } from './difference.js';
import type { Mode, PageProblem } from './steps.js';

export type Outcome = 'ok' | 'differs' | 'failed' | 'skipped';

export type StepReport = {
  line: number;
  commands: readonly string[];
  outcome: Outcome;
  /** Milliseconds, without the wait afterwards. */
  duration: number;
  /** Why it failed or was skipped. */
  reason: string | undefined;
  differences: readonly Difference[];
  stdout: string;
  stderr: string;
};

export type Report = {
  /** The page's file name. */
  page: string;
  title: string;
  lang: string;
  mode: Mode;
  ok: boolean;
  /** Milliseconds, waits included. */
  duration: number;
  /** What the workshop recorded for this page on real AWS, in milliseconds. */
  recorded: number | undefined;
  problems: readonly PageProblem[];
  steps: readonly StepReport[];
};

/** 0 when the page holds, 1 when it does not. */
export const exitStatus = (report: Report): 0 | 1 => (report.ok ? 0 : 1);

/** Milliseconds as a reader wants them. */
export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A step in one line that fits a terminal: its last command, because the ones before prepare it. */
export const headline = (commands: readonly string[]): string => {
  const last = commands.at(-1)?.split('\n')[0] ?? '';
  const line = commands.length > 1 ? `… ${last}` : last;
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
};

const marks: Readonly<Record<Outcome, string>> = { ok: 'ok', differs: 'DIFFERS', failed: 'FAILED', skipped: 'skipped' };

const tail = (text: string, lines: number): string[] => text.trimEnd().split('\n').slice(-lines).filter(Boolean);

const detail = (step: StepReport): string[] => [
  ...(step.reason === undefined ? [] : [step.reason]),
  ...step.differences.map(({ where, sample, actual }) => `${where}: the page has ${sample}; it was ${actual}`),
  ...(step.outcome === 'failed' ? [...tail(step.stdout, 10), ...tail(step.stderr, 10)] : []),
];

/** What is to be said of a step that did not hold. */
export const stepText = (step: StepReport): string => detail(step).join('\n');

const stepLines = (page: string, step: StepReport): string[] => [
  `${`${page}:${step.line}`.padEnd(page.length + 5)} ${marks[step.outcome].padEnd(8)} ${secondsText(step.duration).padStart(8)}  ${headline(step.commands)}`,
  ...detail(step).map((line) => `    ${line}`),
];

const count = (report: Report, outcome: Outcome): number =>
  report.steps.filter((step) => step.outcome === outcome).length;

const beside = ({ recorded }: Report): string => (recorded === undefined ? '' : ` (${secondsText(recorded)} on AWS, as the workshop recorded it)`);

const summary = (report: Report): string => {
  const counts = (['ok', 'differs', 'failed', 'skipped'] as const)
    .map((outcome) => [outcome, count(report, outcome)] as const)
    .filter(([outcome, n]) => n > 0 || outcome === 'ok')
    .map(([outcome, n]) => `${n} ${outcome}`);
  const problems = report.problems.length > 0 ? [`${report.problems.length} problems in the page's text`] : [];
  return `${report.ok ? 'The page holds' : 'The page does not hold'}: ${[...counts, ...problems].join(', ')}, in ${secondsText(report.duration)}${beside(report)}.`;
};

/** For people: a line per step as page:line, what differed beneath it, and a sentence at the end. */
export const reportText = (report: Report): string =>
  [
    `${report.title} (${report.page}, ${report.mode})`,
    ...report.problems.map(({ line, text }) => `${report.page}:${line} PAGE     ${text}`),
    ...report.steps.flatMap((step) => stepLines(report.page, step)),
    summary(report),
  ].join('\n');

/** For programs. */
export const reportJson = (report: Report): string => JSON.stringify(report, undefined, 2);
