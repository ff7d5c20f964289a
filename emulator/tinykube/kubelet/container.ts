// The life of one container: started, probed, restarted with growing delays, ended.
import { seconds } from '../controllers/events.js';
import { findImage } from '../images/table.js';
import { processImage } from '../images/process.js';
import type { RunningContainer } from '../images/types.js';
import { bindProblem, restartsAfter } from './container-facts.js';
import { startProbing, stopProbers } from './container-probes.js';
import { newState, set, type ContainerOptions, type State } from './container-state.js';
import { finish, refuse, restart, retry } from './container-troubles.js';
import { postStart } from './hooks.js';
import type { ContainerFacts } from './status.js';

export type ContainerLife = {
  facts(): ContainerFacts;
  /** What runs at the moment. */
  running(): RunningContainer | undefined;
  start(): Promise<void>;
  /** As SIGTERM. */
  stop(): Promise<void>;
  /** As SIGKILL. */
  kill(): void;
};

const now = ({ options }: State): string => seconds(options.clock.now());

const ended = (state: State, run: RunningContainer, exitCode: number): void => {
  if (run !== state.running) return;
  const startedAt = 'running' in state.facts.state ? state.facts.state.running.startedAt : now(state);
  state.running = undefined;
  stopProbers(state);
  state.options.journal.close();
  const end = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: now(state) };
  if (state.over) state.facts = { ...state.facts, state: { terminated: end }, ready: false };
  else if (restartsAfter(state.options.policy, exitCode)) restart(state, end);
  else finish(state, end);
};

const killed = (state: State, run: RunningContainer, why: string): void => {
  state.options.tell('Normal', 'Killing', why);
  run.kill();
  ended(state, run, 137);
};

// A liveness or startup probe gave up: the container is ended as if it had failed by itself.
const gaveUp = (state: State) => (why: string): void => {
  if (state.running) killed(state, state.running, `Container ${state.options.container.name} failed ${why} probe, will be restarted`);
};

/** From now on it runs, as the API sees it. */
const begin = (state: State): void => {
  const { container } = state.options;
  const startup = state.adopted && state.facts.started ? undefined : container.startupProbe;
  const restartCount = state.facts.restartCount + (state.runs > 0 ? 1 : 0);
  const fresh = { state: { running: { startedAt: now(state) } }, started: !startup, ready: !startup && !container.readinessProbe, restartCount };
  state.runs += 1;
  set(state, state.adopted ? {} : fresh);
  state.adopted = false;
  startProbing(state, startup, gaveUp(state));
};

/** A container that waits for its postStart hook is not running yet; one whose hook fails is ended. */
const afterHook = async (state: State, run: RunningContainer): Promise<void> => {
  const { clock, container, target, tell } = state.options;
  const failure = await postStart(clock, container, tell, target);
  if (state.running !== run || state.over) return;
  if (failure === undefined) return begin(state);
  tell('Warning', 'FailedPostStartHook', `PostStartHook failed: ${failure}`);
  state.runs += 1;
  killed(state, run, 'FailedPostStartHook');
};

const started = (state: State, run: RunningContainer): void => {
  const { container, tell } = state.options;
  state.running = run;
  const hook = state.adopted ? undefined : container.lifecycle?.postStart;
  if (!state.adopted) {
    tell('Normal', 'Created', `Created container: ${container.name}`);
    tell('Normal', 'Started', `Started container ${container.name}`);
  }
  if (hook) void afterHook(state, run);
  else begin(state);
  void run.exited?.then((exitCode) => ended(state, run, exitCode));
};

const notStarted = (state: State, error: unknown): void => {
  const { policy, context } = state.options;
  const problem = bindProblem(error, context);
  if (policy !== 'Never') return retry(state, problem);
  finish(state, { exitCode: 128, reason: 'StartError', startedAt: seconds(0), finishedAt: now(state) }, problem);
};

const launch = async (state: State): Promise<void> => {
  const { local, images, container, context, journal, tell } = state.options;
  const image = local ? processImage : findImage(images, container.image);
  if (!image) return refuse(state);
  if (!state.adopted) tell('Normal', 'Pulled', `Container image "${container.image}" already present on machine`);
  if (state.runs > 0) journal.turn();
  try {
    const run = await image.start(context);
    if (state.over) return run.kill();
    started(state, run);
  } catch (error) {
    if (!state.over) notStarted(state, error);
  }
};

const end = (state: State): void => {
  state.over = true;
  state.timer?.cancel();
  stopProbers(state);
  state.options.journal.close();
};

/** Makes the container's life; `start` begins it. */
export const containerLife = (options: ContainerOptions): ContainerLife => {
  const state = newState(options);
  state.launch = () => launch(state);
  return {
    facts: () => state.facts,
    running: () => state.running,
    start: async () => {
      if (!('terminated' in state.facts.state)) await launch(state);
    },
    stop: async () => {
      end(state);
      await state.running?.stop();
    },
    kill: () => {
      end(state);
      state.running?.kill();
    },
  };
};
