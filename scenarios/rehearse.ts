// Walks a page as a reader would: runs its blocks in one shell, waits where it says so, compares what it shows.
import path from 'node:path';
import type { Clock } from '../emulator/clock.js';
import { UserError } from '../emulator/errors.js';
import { pagesDir } from './assets.js';
import { recordedOf } from './baseline.js';
import { hooksOf, type PageFile } from './discover.js';
import { findPage, readPage } from './pages.js';
import { headline, type Report, type StepReport } from './report.js';
import { createShell, type Env, type Shell } from './shell.js';
import type { Mode, Step } from './steps.js';
import { blank, runStep, type Walk } from './walk.js';

export type RehearseOptions = {
  /** The name of one of our pages (`ip-mode`), or the path of a Markdown file. */
  page: string;
  /** Which translation of one of our pages. Default `en`. */
  lang?: string;
  /** The whole environment of the shell, PATH and HOME included. */
  env: Env;
  cwd: string;
  clock: Clock;
  mode?: Mode;
  /** Default: a bash of our own. */
  shell?: Shell;
  /** One line at a time, while it goes on. */
  onProgress?: (line: string) => void;
  /** What the commands print, while they print it. */
  onOutput?: (text: string) => void;
  signal?: AbortSignal;
  /** Seconds for a whole page, as upstream has them; in `upstream` mode 800 unless given, else without a limit. */
  pageTimeout?: number;
  /** Variables without which nothing is run. Default: those that keep a page away from a real account. */
  needs?: readonly string[];
};

const checkEnv = (env: Env, needs: readonly string[]): void => {
  const unset = needs.filter((name) => !env[name]);
  if (unset.length === 0) return;
  throw new UserError(`${unset.join(' and ')} not set: the page's commands could reach a real cluster or account.`, {
    hint: 'Start nlbox with "npx nlbox up" and load its environment with eval "$(npx nlbox env)".',
  });
};

const pause = async (walk: Walk, step: Step): Promise<void> => {
  if (step.wait === 0) return;
  walk.say(`  waiting ${step.wait} s, as the page says`);
  await walk.clock.sleep(step.wait * 1000, walk.signal);
};

// As upstream: a command that fails ends the page. A difference does not, so that one run shows all of them.
// The page's limit cannot end a block that runs, there as here: it is looked at between two of them.
const walkSteps = async (walk: Walk, steps: readonly Step[], pageTimeout: number): Promise<StepReport[]> => {
  const reports: StepReport[] = [];
  const until = walk.clock.now() + pageTimeout * 1000;
  let failedAt: number | undefined;
  for (const [at, step] of steps.entries()) {
    if (failedAt !== undefined || !step.test) {
      const reason = failedAt === undefined ? 'the page says test=false' : `the block at line ${failedAt} failed`;
      reports.push({ ...blank(step), outcome: 'skipped', reason });
      continue;
    }
    walk.say(`[${at + 1}/${steps.length}] ${path.basename(walk.file)}:${step.line} ${headline(step.commands)}`);
    const report = await runStep(walk, step);
    if (report.outcome !== 'failed') await pause(walk, step);
    reports.push(walk.clock.now() <= until ? report : { ...report, outcome: 'failed', reason: report.reason ?? `the page has taken more than its ${pageTimeout} s` });
    if (reports.at(-1)?.outcome === 'failed') failedAt = step.line;
  }
  return reports;
};

const isFine = (report: StepReport): boolean => report.outcome === 'ok' || report.outcome === 'skipped';

/** What all pages of one run share. */
export type Shared = Pick<Walk, 'clock' | 'mode' | 'shell' | 'say' | 'signal' | 'used'> & { pageTimeout: number };

/** Runs a page from top to bottom. */
export const runPage = async (shared: Shared, one: PageFile, lang: string): Promise<Report> => {
  const { clock, mode } = shared;
  const { file, page } = one;
  const walk: Walk = { ...shared, file, hooks: await hooksOf(path.dirname(file)), lenient: path.dirname(file) !== path.resolve(pagesDir) };
  const started = clock.now();
  const steps = await walkSteps(walk, page.steps, shared.pageTimeout);
  const problems = mode === 'checked' ? page.problems : [];
  return {
    page: path.basename(file),
    title: page.title,
    lang,
    mode,
    ok: problems.length === 0 && steps.every(isFine),
    duration: clock.now() - started,
    recorded: recordedOf(file),
    problems,
    steps,
  };
};

/** What a run is made with, from what the caller has; refuses to run where a page could reach a real account. */
export const prepareRun = (options: Omit<RehearseOptions, 'page' | 'lang'>): Shared => {
  const { clock, cwd, env, signal, mode = 'checked', pageTimeout = mode === 'upstream' ? 800 : Infinity } = options;
  checkEnv(env, options.needs ?? ['AWS_ENDPOINT_URL', 'KUBECONFIG']);
  const streams = { ...(options.onOutput ? { onOutput: options.onOutput } : {}), ...(signal ? { signal } : {}) };
  const shell = options.shell ?? createShell({ cwd, env, mode, clock, ...streams });
  return { clock, mode, shell, say: options.onProgress ?? (() => {}), signal, pageTimeout };
};

/** Runs one page and says where it does not hold. Throws only when it cannot start. */
export const rehearse = async (options: RehearseOptions): Promise<Report> => {
  const { page, lang = 'en' } = options;
  const shared = prepareRun(options);
  const file = await findPage(page, lang);
  return runPage(shared, { file, page: await readPage(file) }, lang);
};
