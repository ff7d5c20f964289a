// What a container's life starts from and how its troubles are told; pure.
import { codeOf, messageOf } from '../../errors.js';
import type { Container, ContainerStatus } from '../controllers/kinds.js';
import type { ContainerContext } from '../images/types.js';
import type { ContainerFacts } from './status.js';

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** 10 s, doubling, at most five minutes, as kubelet's. */
export const backoffOf = (count: number): number => Math.min(300_000, 10_000 * 2 ** Math.max(0, count - 1));

/** A container that ran so long has its back-off forgotten. */
export const forgivenAfter = 600_000;

export const bindProblem = (error: unknown, context: ContainerContext): string => {
  const port = (error as { port?: number }).port;
  const where = `port ${port ?? '?'} of ${context.podIP} (listening on ${context.listen})`;
  if (codeOf(error) === 'EADDRINUSE') return `${where} is taken by another process`;
  if (codeOf(error) === 'EACCES') return `${where} needs privileges that nlbox does not have; use a container port of 1024 or more`;
  return port === undefined ? messageOf(error) : `${where} cannot be opened: ${messageOf(error)}`;
};

/** Whether an end is followed by another start. */
export const restartsAfter = (policy: RestartPolicy, exitCode: number): boolean => policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);

/** The policy of one container: init containers end, sidecars do not. */
export const policyOf = (podPolicy: string | undefined, container: Container, isInit: boolean): RestartPolicy => {
  if (isInit && container.restartPolicy === 'Always') return 'Always';
  if (podPolicy === 'Never') return 'Never';
  return podPolicy === 'OnFailure' || isInit ? 'OnFailure' : 'Always';
};

type Terminated = { exitCode: number; reason: string; startedAt?: string; finishedAt?: string };

const endOf = ({ exitCode, reason, startedAt = '', finishedAt = '' }: Terminated) => ({ exitCode, reason, startedAt, finishedAt });

/** The facts at the start: a stand-in that ran goes on as if nothing had been, an end that was final stays. */
export const initialFacts = (before: ContainerStatus | undefined, policy: RestartPolicy): ContainerFacts => {
  const running = before?.state?.running;
  const ended = before?.state?.terminated;
  const last = before?.lastState?.terminated;
  const final = ended && !restartsAfter(policy, ended.exitCode);
  return {
    state: running ? { running } : final ? { terminated: endOf(ended) } : { waiting: { reason: 'ContainerCreating' } },
    ready: running ? before.ready : false,
    started: running ? (before.started ?? false) : false,
    restartCount: before?.restartCount ?? 0,
    ...(last && { last: endOf(last) }),
  };
};
