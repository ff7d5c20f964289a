// Lifecycle hooks: the waits that people put there so that load balancers can let go, requests, and commands of processes.
import type { Clock } from '../../clock.js';
import type { Container, LifecycleHook } from '../controllers/kinds.js';
import type { Tell } from './container-state.js';
import { attemptProbe, type ProbeTarget } from './probe.js';

const requestSeconds = 30;

/** The seconds of a hook that only sleeps (`sleep`, or a command that says so); undefined for any other. */
export const sleepSeconds = (hook: LifecycleHook): number | undefined => {
  if (hook.sleep) return hook.sleep.seconds;
  const command = hook.exec?.command ?? [];
  const words = (command.at(-2) === '-c' ? (command.at(-1) ?? '') : command.join(' ')).trim();
  const found = /^(?:\/bin\/)?sleep (\d+)s?;?$/.exec(words);
  return found ? Number(found[1]) : undefined;
};

/** A stand-in is no process: commands of its hooks are left out, and that is told. */
const isLeftOut = (hook: LifecycleHook, { run }: ProbeTarget): boolean => !run && hook.exec !== undefined && sleepSeconds(hook) === undefined;

const leftOut = (name: string): string => `commands of ${name} hooks other than sleep cannot run in the stand-ins of the embedded cluster, whose containers are not processes`;

/** Runs a hook to its end; what went wrong, or undefined. */
const runHook = async (clock: Clock, container: Container, hook: LifecycleHook, target: ProbeTarget): Promise<string | undefined> => {
  const wait = sleepSeconds(hook);
  if (wait !== undefined) return void (await clock.sleep(wait * 1000));
  if (hook.httpGet) {
    const { ok, saw } = await attemptProbe(clock, container, { httpGet: hook.httpGet, timeoutSeconds: requestSeconds }, target);
    return ok ? undefined : saw;
  }
  const command = hook.exec?.command ?? [];
  const { exitCode, output } = (await target.run?.(command, 2 ** 30)) ?? { exitCode: 0, output: '' };
  return exitCode === 0 ? undefined : `command ${JSON.stringify(command)} exited with ${exitCode}: ${output}`;
};

/** Waits out a container's preStop hook. The caller bounds it by the grace period. */
export const preStop = async (clock: Clock, container: Container, tell: Tell, target: ProbeTarget): Promise<void> => {
  const hook = container.lifecycle?.preStop;
  if (!hook) return;
  if (isLeftOut(hook, target)) return tell('Warning', 'FailedPreStopHook', leftOut('preStop'));
  const failure = await runHook(clock, container, hook, target);
  if (failure !== undefined) tell('Warning', 'FailedPreStopHook', `PreStopHook failed: ${failure}`);
};

/** Waits out a container's postStart hook; what went wrong, or undefined. */
export const postStart = async (clock: Clock, container: Container, tell: Tell, target: ProbeTarget): Promise<string | undefined> => {
  const hook = container.lifecycle?.postStart;
  if (!hook) return undefined;
  if (isLeftOut(hook, target)) return void tell('Warning', 'FailedPostStartHook', leftOut('postStart'));
  return runHook(clock, container, hook, target);
};
