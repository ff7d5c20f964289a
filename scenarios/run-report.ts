// What a whole rehearsal found, for people, for programs and for CI (JUnit). Pure.
import { leakLines, type Stock } from './leaks.js';
import { headline, reportText, secondsText, stepText, type Report, type StepReport } from './report.js';
import type { Mode } from './steps.js';

export type HookFailure = { file: string; when: 'before' | 'after'; reason: string; stderr: string };

export type RunReport = {
  mode: Mode;
  ok: boolean;
  /** Milliseconds. */
  duration: number;
  pages: readonly Report[];
  /** Suite hooks only; a block's hook is part of its step. */
  hookFailures: readonly HookFailure[];
  /** What each stand-in that was used did instead. */
  standIns: readonly string[];
  leaks: Stock;
};

const hookLine = ({ file, when, reason, stderr }: HookFailure): string => `${file} ${when} FAILED: ${reason}\n    ${stderr.trimEnd()}`;

const total = ({ pages, ok, duration }: RunReport): string =>
  `${ok ? 'All hold' : 'Not all hold'}: ${pages.filter((page) => page.ok).length} of ${pages.length} pages, in ${secondsText(duration)}.`;

/** For people. */
export const runText = (run: RunReport): string =>
  [
    ...run.pages.map((page) => `${reportText(page)}\n`),
    ...run.hookFailures.map(hookLine),
    ...run.standIns.map((line) => `Stand-in: ${line}`),
    ...leakLines(run.leaks),
    total(run),
  ].join('\n');

/** For programs. */
export const runJson = (run: RunReport): string => JSON.stringify(run, undefined, 2);

const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const xml = (text: string): string => text.replace(controls, '\uFFFD').replace(/[&<>"]/g, (found) => entities[found] ?? found);

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const verdict = (step: StepReport): string => {
  if (step.outcome === 'ok') return '';
  if (step.outcome === 'skipped') return `<skipped message="${xml(step.reason ?? '')}"/>`;
  const message = step.reason ?? step.differences.map(({ where }) => where).join(', ');
  return `<failure type="${step.outcome}" message="${xml(message)}">${xml(stepText(step))}</failure>`;
};

const stepCase = (page: Report, step: StepReport): string =>
  `    <testcase classname="${xml(page.page)}" name="${xml(`${page.page}:${step.line} ${headline(step.commands)}`)}" time="${seconds(step.duration)}">${verdict(step)}</testcase>`;

const problemCase = (page: Report, line: number, text: string): string =>
  `    <testcase classname="${xml(page.page)}" name="${xml(`${page.page}:${line} text of the page`)}" time="0"><failure type="page" message="${xml(text)}"/></testcase>`;

const suite = (page: Report): string => {
  const bad = page.steps.filter(({ outcome }) => outcome === 'failed' || outcome === 'differs').length + page.problems.length;
  const skipped = page.steps.filter(({ outcome }) => outcome === 'skipped').length;
  return [
    `  <testsuite name="${xml(`${page.title} (${page.page}, ${page.lang})`)}" tests="${page.steps.length + page.problems.length}" failures="${bad}" skipped="${skipped}" time="${seconds(page.duration)}">`,
    ...page.problems.map(({ line, text }) => problemCase(page, line, text)),
    ...page.steps.map((step) => stepCase(page, step)),
    '  </testsuite>',
  ].join('\n');
};

const around = (run: RunReport): string => {
  const bad = [...run.hookFailures.map(hookLine), ...(run.ok ? [] : leakLines(run.leaks))];
  const cases = bad.map((text) => `    <testcase classname="run" name="${xml(text.split('\n')[0] ?? '')}" time="0"><failure type="run">${xml(text)}</failure></testcase>`);
  return [`  <testsuite name="suite hooks and leftovers" tests="${bad.length}" failures="${bad.length}" time="0">`, ...cases, '  </testsuite>'].join('\n');
};

/** For CI: a suite per page, a case per step. */
export const runJunit = (run: RunReport): string =>
  ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="nlbox rehearse" time="${seconds(run.duration)}">`, ...run.pages.map(suite), around(run), '</testsuites>', ''].join('\n');
