// preStop hooks: the waits that people put there so that load balancers can let go, requests, and commands of processes.
import type { Clock } from '../../clock.js';
import type { Container } from '../controllers/kinds.js';
import type { Tell } from './container.js';
import { attemptProbe, type ProbeTarget } from './probe.js';

const requestSeconds = 30;

/** The seconds of a hook that only sleeps (`sleep`, or a command that says so); undefined for any other. */
export const sleepSeconds = (hook: NonNullable<NonNullable<Container['lifecycle']>['preStop']>): number | undefined => {
  if (hook.sleep) return hook.sleep.seconds;
  const command = hook.exec?.command ?? [];
  const words = (command.at(-2) === '-c' ? (command.at(-1) ?? '') : command.join(' ')).trim();
  const found = /^(?:\/bin\/)?sleep (\d+)s?;?$/.exec(words);
  return found ? Number(found[1]) : undefined;
};

/** Waits out a container's preStop hook; `run` runs its command where the container is a process. The caller bounds it by the grace period. */
export const preStop = async (clock: Clock, container: Container, tell: Tell, target: ProbeTarget): Promise<void> => {
  const { run } = target;
  const hook = container.lifecycle?.preStop;
  if (!hook) return;
  const wait = sleepSeconds(hook);
  const command = hook.exec?.command;
  if (wait !== undefined) return clock.sleep(wait * 1000);
  if (hook.httpGet) {
    const { ok, saw } = await attemptProbe(clock, container, { httpGet: hook.httpGet, timeoutSeconds: requestSeconds }, target);
    return ok ? undefined : tell('Warning', 'FailedPreStopHook', `PreStopHook failed: ${saw}`);
  }
  if (!run || !command) return tell('Warning', 'FailedPreStopHook', 'commands of preStop hooks other than sleep cannot run in the stand-ins of the embedded cluster, whose containers are not processes');
  const { exitCode, output } = await run(command, 2 ** 30);
  if (exitCode !== 0) tell('Warning', 'FailedPreStopHook', `PreStopHook failed: command ${JSON.stringify(command)} exited with ${exitCode}: ${output}`);
};
