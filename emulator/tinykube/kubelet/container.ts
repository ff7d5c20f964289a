// The life of one container: started, probed, restarted with growing delays, ended.
import type { Clock, Timer } from '../../clock.js';
import { codeOf, messageOf } from '../../errors.js';
import { seconds } from '../controllers/events.js';
import type { Container, ContainerStatus, Probe } from '../controllers/kinds.js';
import { cannotRun, findImage } from '../images/table.js';
import type { ContainerContext, Image, RunningContainer } from '../images/types.js';
import { attemptProbe, unsupported, type ProbeTarget } from './probe.js';
import { startProber, type Prober } from './prober.js';
import type { ContainerFacts } from './status.js';

export type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export type ContainerOptions = {
  clock: Clock;
  container: Container;
  images: readonly Image[];
  context: ContainerContext;
  target: ProbeTarget;
  /** Names the pod in messages, as kubelet does: `name_namespace(uid)`. */
  podTag: string;
  /** What an earlier run of the emulator wrote: a container that ran then goes on as if nothing had been. */
  before: ContainerStatus | undefined;
  tell: Tell;
  changed(): void;
};

export type ContainerLife = {
  facts(): ContainerFacts;
  start(): Promise<void>;
  /** As SIGTERM. */
  stop(): Promise<void>;
  /** As SIGKILL. */
  kill(): void;
};

// 10 s, doubling, at most five minutes, as kubelet's.
const backoffOf = (count: number): number => Math.min(300_000, 10_000 * 2 ** Math.max(0, count - 1));

const bindProblem = (error: unknown, context: ContainerContext): string => {
  const port = (error as { port?: number }).port;
  const where = `port ${port ?? '?'} of ${context.podIP} (listening on ${context.listen})`;
  if (codeOf(error) === 'EADDRINUSE') return `${where} is taken by another process`;
  if (codeOf(error) === 'EACCES') return `${where} needs privileges that nlbox does not have; use a container port of 1024 or more`;
  return port === undefined ? messageOf(error) : `${where} cannot be opened: ${messageOf(error)}`;
};

const initialFacts = ({ before }: ContainerOptions): ContainerFacts => {
  const running = before?.state?.running;
  const last = before?.lastState?.terminated;
  return {
    state: running ? { running } : { waiting: { reason: 'ContainerCreating' } },
    ready: running ? before.ready : false,
    started: running ? (before.started ?? false) : false,
    restartCount: before?.restartCount ?? 0,
    ...(last && { last: { exitCode: last.exitCode, reason: last.reason, startedAt: last.startedAt ?? '', finishedAt: last.finishedAt ?? '' } }),
  };
};

/** Makes the container's life; `start` begins it. */
export const containerLife = (options: ContainerOptions): ContainerLife => {
  const { clock, container, images, context, target, podTag, tell, changed } = options;
  const probers = new Set<Prober>();
  let facts = initialFacts(options);
  let adopted = 'running' in facts.state;
  let running: RunningContainer | undefined;
  let timer: Timer | undefined;
  let failures = 0;
  let over = false;

  const set = (change: Partial<ContainerFacts>): void => {
    facts = { ...facts, ...change };
    changed();
  };

  const stopProbers = (): void => {
    for (const prober of probers) prober.stop();
    probers.clear();
  };

  const probe = (kind: string, spec: Probe, onThreshold: (ok: boolean) => void): void => {
    const problem = unsupported(spec);
    if (problem) return tell('Warning', 'Unhealthy', `${kind} probe: ${problem}`);
    probers.add(startProber({
      clock,
      probe: spec,
      attempt: () => attemptProbe(clock, container, spec, target),
      onFailure: (saw) => tell('Warning', 'Unhealthy', `${kind} probe failed: ${saw}`),
      onThreshold,
    }));
  };

  const probeLife = (): void => {
    if (container.livenessProbe) probe('Liveness', container.livenessProbe, (ok) => void (ok || restart('liveness')));
    if (container.readinessProbe) probe('Readiness', container.readinessProbe, (ok) => void (ok === facts.ready || set({ ready: ok })));
  };

  const startupPassed = (ok: boolean): void => {
    if (!ok) return void restart('startup');
    stopProbers();
    set({ started: true, ready: !container.readinessProbe });
    probeLife();
  };

  const begin = (): void => {
    const startup = facts.started ? undefined : container.startupProbe;
    const fresh = { state: { running: { startedAt: seconds(clock.now()) } }, started: !startup, ready: !startup && !container.readinessProbe };
    if (!adopted) {
      tell('Normal', 'Created', `Created container: ${container.name}`);
      tell('Normal', 'Started', `Started container ${container.name}`);
    }
    set(adopted ? {} : fresh);
    adopted = false;
    if (startup) probe('Startup', startup, startupPassed);
    else probeLife();
  };

  const fail = (problem: string): void => {
    failures += 1;
    adopted = false;
    const delay = backoffOf(failures);
    tell('Warning', 'Failed', `Error: ${problem}`);
    tell('Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${podTag}`);
    set({ state: { waiting: { reason: 'CrashLoopBackOff', message: `back-off ${delay / 1000}s restarting failed container=${container.name} pod=${podTag}: ${problem}` } }, ready: false, started: false });
    timer = clock.after(delay, () => void launch());
  };

  const launch = async (): Promise<void> => {
    const image = findImage(images, container.image);
    if (!image) return refuse();
    if (!adopted) tell('Normal', 'Pulled', `Container image "${container.image}" already present on machine`);
    try {
      const started = await image.start(context);
      if (over) return started.kill();
      running = started;
      begin();
    } catch (error) {
      if (!over) fail(bindProblem(error, context));
    }
  };

  const refuse = (): void => {
    adopted = false;
    const message = cannotRun(images, container.image);
    tell('Normal', 'Pulling', `Pulling image "${container.image}"`);
    tell('Warning', 'Failed', message);
    tell('Warning', 'Failed', 'Error: ErrImagePull');
    set({ state: { waiting: { reason: 'ErrImagePull', message } }, ready: false, started: false });
    // Nothing that happens later puts an image into the table: one step, no more tries.
    timer = clock.after(1000, () => {
      tell('Normal', 'BackOff', `Back-off pulling image "${container.image}"`);
      tell('Warning', 'Failed', 'Error: ImagePullBackOff');
      set({ state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${container.image}": ErrImagePull: ${message}` } } });
    });
  };

  const restart = async (why: string): Promise<void> => {
    stopProbers();
    tell('Normal', 'Killing', `Container ${container.name} failed ${why} probe, will be restarted`);
    const startedAt = 'running' in facts.state ? facts.state.running.startedAt : seconds(clock.now());
    running?.kill();
    running = undefined;
    const restartCount = facts.restartCount + 1;
    const delay = restartCount > 1 ? backoffOf(restartCount - 1) : 0;
    const message = `back-off ${delay / 1000}s restarting failed container=${container.name} pod=${podTag}`;
    const last = { exitCode: 137, reason: 'Error', startedAt, finishedAt: seconds(clock.now()) };
    set({ state: { waiting: { reason: 'CrashLoopBackOff', message } }, ready: false, started: false, restartCount, last });
    timer = clock.after(delay, () => void launch());
  };

  const end = (): void => {
    over = true;
    timer?.cancel();
    stopProbers();
  };

  return {
    facts: () => facts,
    start: launch,
    stop: async () => {
      end();
      await running?.stop();
    },
    kill: () => {
      end();
      running?.kill();
    },
  };
};
