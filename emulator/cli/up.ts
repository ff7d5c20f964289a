// `nlbox up`: starts everything in the foreground, or in the background with --detach.
import path from 'node:path';
import closeWithGrace from 'close-with-grace';
import { Listr } from 'listr2';
import { systemClock } from '../clock.js';
import type { Config } from '../config.js';
import { messageOf, UserError } from '../errors.js';
import { createLog } from '../log.js';
import { startOf } from '../process-life.js';
import { compose, removeLeftovers, type Info, type Nlbox } from '../main.js';
import { isOurs, openStateDir } from '../main/state-dir.js';
import { fetchInfo } from './admin.js';
import { detach, parent, whenLeashIsCut } from './detach.js';
import { ended, findRun, removeRunFile, writeRunFile } from './run-file.js';
import { configOf, type UpOptions } from './up-options.js';

/** One that was just killed is still there for a moment, and answers nobody: it is waited for. */
const refuseSecond = async (stateDir: string): Promise<void> => {
  const run = findRun(stateDir);
  if (!run) return;
  const answers = await fetchInfo(run).then(() => true, () => false);
  if (!answers && (await ended(run))) return;
  throw new UserError(`nlbox is already running (pid ${run.pid}) at ${run.endpoint}`, { hint: 'See `npx nlbox status`, or stop it with `npx nlbox down`.' });
};

const refuseForeign = (stateDir: string): void => {
  if (!isOurs(stateDir)) throw new UserError(`${stateDir} has files that are not nlbox's`, { hint: 'Give it an empty folder or a new one with --state-dir: `nlbox down` removes it.' });
};

const runStages = async (nlbox: Nlbox): Promise<void> => {
  const plain = !process.stdout.isTTY;
  await new Listr(
    nlbox.stages.map((stage) => ({
      title: stage.title,
      task: async (_: unknown, task: { output: string }) =>
        stage.run((line) => {
          task.output = line;
          parent()?.({ progress: line });
        }),
    })),
    plain ? { renderer: 'simple' as const } : { renderer: 'default' as const },
  ).run();
};

/** What `up` says when it is ready: what is reachable, and the next command to type. */
export const readyText = (info: Info, took: number): string => `
nlbox ${info.version} is ready (${(took / 1000).toFixed(1)} s)

  AWS endpoint   ${info.endpoint}   region ${info.region}, account ${info.account}
${info.cluster ? info.cluster.lines.map((line, n) => `  ${n === 0 ? 'Kubernetes    ' : '              '} ${line}`).join('\n') : '  Kubernetes     none (--cluster none)'}
${info.names.lines.map((line, n) => `  ${n === 0 ? 'Names         ' : '              '} ${line}`).join('\n')}
${info.notes.map((line) => `  Note           ${line}\n`).join('')}
Next, in ${info.detached ? 'this shell' : 'another terminal'}:
  eval "$(npx nlbox env)"
  npx nlbox workshop init
  kubectl apply -k ~/environment/eks-workshop/base-application
  kubectl apply -k ~/environment/eks-workshop/modules/exposing/load-balancer/nlb
  aws elbv2 describe-load-balancers
${info.detached ? '\n`npx nlbox down` stops it and leaves nothing behind.' : '\nCtrl-C stops it and leaves nothing behind.'}
`;

/** Ctrl-C and `nlbox down` remove the state (unless told to keep it); a SIGTERM or a crash leaves it for the next `up`. */
const closeOnSignals = (nlbox: Nlbox, config: Config, options: UpOptions): { stop(keep: boolean): void; uninstall(): void } => {
  let keepState: boolean | undefined;
  const grace = closeWithGrace({ delay: config.cluster === 'kind' ? 60_000 : 10_000, logger: false }, async ({ signal, err }) => {
    if (err) process.stderr.write(`nlbox: ${err.stack ?? err.message}\n`);
    await nlbox.stop();
    removeRunFile(config.stateDir);
    const keep = keepState ?? (options.keep === true || signal !== 'SIGINT');
    await removeLeftovers(config.stateDir, { keep, hostsFile: config.hostsFile });
  });
  return {
    uninstall: () => grace.uninstall(),
    stop: (keep) => {
      keepState = keep || options.keep === true;
      grace.close();
    },
  };
};

const foreground = async (config: Config, options: UpOptions): Promise<void> => {
  const began = systemClock.now();
  openStateDir(config.stateDir);
  const log = createLog({ level: config.logLevel, destination: path.join(config.stateDir, 'nlbox.log') });
  const nlbox = compose(config, { clock: systemClock, log, detached: parent() !== undefined, onStop: (keep) => closing.stop(keep) });
  const closing = closeOnSignals(nlbox, config, options);
  whenLeashIsCut(() => closing.stop(false));
  try {
    await runStages(nlbox);
  } catch (error) {
    // Its end would report success.
    closing.uninstall();
    await nlbox.stop();
    throw error;
  }
  const info = nlbox.info();
  writeRunFile(config.stateDir, { pid: process.pid, start: startOf(process.pid), endpoint: info.endpoint, token: nlbox.token, hostsFile: config.hostsFile, keep: options.keep ?? false });
  const text = readyText(info, systemClock.now() - began);
  process.stdout.write(text);
  parent()?.({ ready: text });
};

export const up = async (options: UpOptions): Promise<void> => {
  const config = configOf(options);
  await refuseSecond(config.stateDir);
  refuseForeign(config.stateDir);
  if (options.detach) {
    await detach(config.stateDir);
    return;
  }
  try {
    await foreground(config, options);
  } catch (error) {
    parent()?.({ failed: messageOf(error), ...(error instanceof UserError && error.hint ? { hint: error.hint } : {}) });
    process.exitCode = 1;
    if (parent()) process.exit(1);
    throw error;
  }
};
