// A whole rehearsal: pages by name, files and directories, one shell for all, suite hooks around their pages.
import fs from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../emulator/errors.js';
import { discover, suiteHookOf, type PageFile, type Suite } from './discover.js';
import { fitsGlob } from './glob.js';
import { isEmpty, leftBehind, takeStock } from './leaks.js';
import { findPage, readPage } from './pages.js';
import { prepareRun, runPage, type RehearseOptions, type Shared } from './rehearse.js';
import type { Report } from './report.js';
import type { HookFailure, RunReport } from './run-report.js';
import { installStandIns } from './standins.js';
import { quoted, whyFailed } from './walk.js';

export type RunOptions = Omit<RehearseOptions, 'page'> & {
  /** Names of our pages, Markdown files and directories, in the order in which they are run. */
  paths: readonly string[];
  /** Which directories' pages are run, by their paths below the one that was given. */
  glob?: string;
  /** Seconds for a hook that says nothing itself. */
  hookTimeout?: number;
  /** Stop after the first page that fails. */
  bail?: boolean;
};

type Course = {
  shared: Shared;
  options: RunOptions;
  root: string;
  reports: Report[];
  failures: HookFailure[];
};

const failed = (report: Report): boolean => report.steps.some(({ outcome }) => outcome === 'failed');

const over = ({ options, reports, failures }: Course): boolean => options.bail === true && (failures.length > 0 || reports.some(failed));

const langOf = (file: string, fallback: string): string => /[/\\]i18n[/\\]([^/\\]+)[/\\]/.exec(file)?.[1] ?? fallback;

const runOne = async (course: Course, one: PageFile): Promise<void> => {
  if (over(course)) return;
  const { shared, options } = course;
  shared.say(one.page.title || path.basename(one.file));
  course.reports.push(await runPage(shared, one, langOf(one.file, options.lang ?? 'en')));
};

const chosen = ({ options, root }: Course, { directory }: Suite): boolean =>
  options.glob === undefined || fitsGlob(options.glob, path.relative(root, directory));

const hasWork = (course: Course, suite: Suite): boolean =>
  (chosen(course, suite) && suite.pages.some(({ page }) => page.steps.length > 0)) || suite.children.some((child) => hasWork(course, child));

const runSuiteHook = async (course: Course, suite: Suite, when: 'before' | 'after'): Promise<boolean> => {
  const file = chosen(course, suite) ? await suiteHookOf(suite.directory) : undefined;
  if (file === undefined) return true;
  const { shell, say, used } = course.shared;
  say(`${suite.title}: suite hook ${when}`);
  const timeout = course.options.hookTimeout ?? 300;
  const result = await shell.run({ script: `bash ${quoted(file)} ${when}`, timeout, carry: false });
  used?.();
  const reason = whyFailed(result, timeout);
  if (reason === undefined) return true;
  course.failures.push({ file, when, reason, stderr: result.stderr });
  say(`  suite hook ${when} failed: ${reason}`);
  return false;
};

// A failing first hook skips the pages, and the last hook is called in any case: both as upstream.
const runSuite = async (course: Course, suite: Suite): Promise<void> => {
  if (!hasWork(course, suite)) return;
  if (await runSuiteHook(course, suite, 'before')) {
    for (const one of chosen(course, suite) ? suite.pages : []) await runOne(course, one);
    for (const child of suite.children) await runSuite(course, child);
  }
  await runSuiteHook(course, suite, 'after');
};

const isDirectory = async (name: string): Promise<boolean> => {
  try {
    return (await fs.stat(name)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

const runPath = async (course: Course, given: string): Promise<void> => {
  if (!(await isDirectory(given))) {
    const file = await findPage(given, course.options.lang ?? 'en');
    return runOne(course, { file, page: await readPage(file) });
  }
  const suite = await discover(path.resolve(given));
  if (!suite || !hasWork({ ...course, root: suite.directory }, suite)) {
    throw new UserError(`There is no page with commands in ${given}${course.options.glob === undefined ? '' : ` whose directory fits ${course.options.glob}`}.`);
  }
  course.root = suite.directory;
  return runSuite(course, suite);
};

// A page on its own may leave what the next one goes on with; a directory cleans up by its hooks, and ours by themselves.
const cleansUp = async (paths: readonly string[]): Promise<boolean> => {
  for (const name of paths) if (name.endsWith('.md') && !(await isDirectory(name))) return false;
  return true;
};

/** Runs everything, and says where it does not hold and what it left behind. Throws only when it cannot start. */
export const rehearseAll = async (options: RunOptions): Promise<RunReport> => {
  const standIns = await installStandIns(options.env, options.onProgress ?? (() => {}));
  try {
    const shared = { ...prepareRun({ ...options, env: standIns.env }), used: standIns.tell };
    const started = shared.clock.now();
    const before = await takeStock(shared.shell);
    const course: Course = { shared, options, root: '', reports: [], failures: [] };
    for (const given of options.paths) await runPath(course, given);
    const leaks = leftBehind(before, await takeStock(shared.shell));
    const tidy = isEmpty(leaks) || shared.mode === 'upstream' || !(await cleansUp(options.paths));
    const { reports, failures } = course;
    return {
      mode: shared.mode,
      ok: tidy && failures.length === 0 && reports.every((one) => (shared.mode === 'upstream' ? !failed(one) : one.ok)),
      duration: shared.clock.now() - started,
      pages: reports,
      hookFailures: failures,
      standIns: standIns.used(),
      leaks,
    };
  } finally {
    await standIns.remove();
  }
};
