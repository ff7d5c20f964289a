// The life of one container: started, probed, restarted with growing delays, ended.
import type { Clock, Timer } from '../../clock.js';
import { seconds } from '../controllers/events.js';
import type { Container, ContainerStatus, Probe } from '../controllers/kinds.js';
import { cannotRun, findImage } from '../images/table.js';
import { processImage } from '../images/process.js';
import type { ContainerContext, Image, RunningContainer } from '../images/types.js';
import { backoffOf, bindProblem, forgivenAfter, initialFacts, restartsAfter, type RestartPolicy } from './container-facts.js';
import type { ContainerJournal } from './journal.js';
import { attemptProbe, unsupported, type ProbeTarget } from './probe.js';
import { startProber, type Prober } from './prober.js';
import type { ContainerFacts, Ended } from './status.js';

export type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export type ContainerOptions = {
  clock: Clock;
  container: Container;
  images: readonly Image[];
  context: ContainerContext;
  target: ProbeTarget;
  journal: ContainerJournal;
  policy: RestartPolicy;
  /** Run as a process of this machine. */
  local: boolean;
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

/** Makes the container's life; `start` begins it. */
export const containerLife = (options: ContainerOptions): ContainerLife => {
  const { clock, container, images, context, target, journal, policy, local, podTag, tell, changed } = options;
  const probers = new Set<Prober>();
  let facts = initialFacts(options.before, policy);
  // A process did not outlive the emulator that ran it.
  let adopted = 'running' in facts.state && !local;
  let runs = options.before?.state?.running && local ? 1 : 0;
  let running: RunningContainer | undefined;
  let timer: Timer | undefined;
  let failures = 0;
  let crashes = 0;
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
    if (container.livenessProbe) probe('Liveness', container.livenessProbe, (ok) => void (ok || fails('liveness')));
    if (container.readinessProbe) probe('Readiness', container.readinessProbe, (ok) => void (ok === facts.ready || set({ ready: ok })));
  };

  const startupPassed = (ok: boolean): void => {
    if (!ok) return fails('startup');
    stopProbers();
    set({ started: true, ready: !container.readinessProbe });
    probeLife();
  };

  const begin = (): void => {
    const startup = adopted && facts.started ? undefined : container.startupProbe;
    const fresh = { state: { running: { startedAt: seconds(clock.now()) } }, started: !startup, ready: !startup && !container.readinessProbe, restartCount: facts.restartCount + (runs > 0 ? 1 : 0) };
    if (!adopted) {
      tell('Normal', 'Created', `Created container: ${container.name}`);
      tell('Normal', 'Started', `Started container ${container.name}`);
    }
    runs += 1;
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
    const image = local ? processImage : findImage(images, container.image);
    if (!image) return refuse();
    if (!adopted) tell('Normal', 'Pulled', `Container image "${container.image}" already present on machine`);
    if (runs > 0) journal.turn();
    try {
      const started = await image.start(context);
      if (over) return started.kill();
      running = started;
      begin();
      void started.exited?.then((exitCode) => ended(started, exitCode));
    } catch (error) {
      if (over) return;
      if (policy === 'Never') finish({ exitCode: 128, reason: 'StartError', startedAt: seconds(0), finishedAt: seconds(clock.now()) }, bindProblem(error, context));
      else fail(bindProblem(error, context));
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

  const startedAt = (): string => ('running' in facts.state ? facts.state.running.startedAt : seconds(clock.now()));

  const finish = (end: Ended, problem?: string): void => {
    if (problem !== undefined) tell('Warning', 'Failed', `Error: ${problem}`);
    set({ state: { terminated: end }, ready: false, started: false });
  };

  const again = (last: Ended): void => {
    if (clock.now() - Date.parse(last.startedAt) > forgivenAfter) crashes = 0;
    const delay = crashes === 0 ? 0 : backoffOf(crashes);
    crashes += 1;
    const message = `back-off ${delay / 1000}s restarting failed container=${container.name} pod=${podTag}`;
    if (delay > 0) tell('Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${podTag}`);
    set({ state: delay > 0 ? { waiting: { reason: 'CrashLoopBackOff', message } } : { terminated: last }, ready: false, started: false, last });
    timer = clock.after(delay, () => void launch());
  };

  const ended = (run: RunningContainer, exitCode: number): void => {
    if (run !== running) return;
    running = undefined;
    stopProbers();
    journal.close();
    const end = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: startedAt(), finishedAt: seconds(clock.now()) };
    if (over) facts = { ...facts, state: { terminated: end }, ready: false };
    else if (restartsAfter(policy, exitCode)) again(end);
    else finish(end);
  };

  // A liveness or startup probe gave up: the container is ended as if it had failed by itself.
  const fails = (why: string): void => {
    const run = running;
    if (!run) return;
    tell('Normal', 'Killing', `Container ${container.name} failed ${why} probe, will be restarted`);
    run.kill();
    ended(run, 137);
  };

  const end = (): void => {
    over = true;
    timer?.cancel();
    stopProbers();
    journal.close();
  };

  return {
    facts: () => facts,
    start: async () => {
      if (!('terminated' in facts.state)) await launch();
    },
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
