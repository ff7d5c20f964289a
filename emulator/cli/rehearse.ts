// `nlbox rehearse`: runs a page against the running nlbox, or against one that it starts for the purpose.
import { rehearse } from '../../scenarios/rehearse.js';
import { exitStatus, reportJson, reportText } from '../../scenarios/report.js';
import { initWorkshop } from '../../scenarios/manifests.js';
import { systemClock } from '../clock.js';
import { UserError } from '../errors.js';
import { fetchInfo } from './admin.js';
import { detach } from './detach.js';
import { down } from './down.js';
import { variablesOf } from './env.js';
import { findRun, requireRun, stateDirOf, type RunFile, type StateOptions } from './run-file.js';
import { workshopHome } from './workshop.js';

type RehearseOptions = StateOptions & { lang: 'en' | 'ko'; json?: boolean };

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A folder that is the user's own checkout of the workshop stays as it is: its manifests are the real ones. */
const provideManifests = async (): Promise<void> => {
  try {
    say((await initWorkshop({ target: workshopHome() })).message);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`${error.message} Using it as it is.`);
  }
};

const shellEnv = async (run: RunFile): Promise<Record<string, string>> => {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(inherited), ...variablesOf(await fetchInfo(run)) };
};

export const rehearsePage = async (page: string, options: RehearseOptions): Promise<void> => {
  const own = findRun(stateDirOf(options)) === undefined;
  if (own) {
    say('nlbox is not running: starting one for this rehearsal');
    await detach(stateDirOf(options), ['up', '--state-dir', stateDirOf(options)]);
  }
  try {
    await provideManifests();
    const env = await shellEnv(requireRun(options));
    const report = await rehearse({ page, lang: options.lang, env, cwd: process.cwd(), clock: systemClock, onProgress: say });
    process.stdout.write(`${options.json ? reportJson(report) : reportText(report)}\n`);
    process.exitCode = exitStatus(report);
  } finally {
    if (own) await down({ stateDir: stateDirOf(options) });
  }
};
