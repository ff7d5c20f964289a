// What one container's life consists of, shared by the files that make it go on: launching, probing, and its troubles.
import type { Clock, Timer } from '../../clock.js';
import type { Container, ContainerStatus } from '../controllers/kinds.js';
import type { ContainerContext, Image, RunningContainer } from '../images/types.js';
import { initialFacts, type RestartPolicy } from './container-facts.js';
import type { ContainerJournal } from './journal.js';
import type { ProbeTarget } from './probe.js';
import type { Prober } from './prober.js';
import type { ContainerFacts } from './status.js';

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

export type State = {
  readonly options: ContainerOptions;
  readonly probers: Set<Prober>;
  facts: ContainerFacts;
  /** It ran before nlbox was started again, and is taken to have gone on. */
  adopted: boolean;
  runs: number;
  running: RunningContainer | undefined;
  timer: Timer | undefined;
  failures: number;
  crashes: number;
  over: boolean;
  /** Starts it, now or once more. */
  launch(): Promise<void>;
};

/** A life that has not begun. */
export const newState = (options: ContainerOptions): State => {
  const { before, policy, local } = options;
  const facts = initialFacts(before, policy);
  // A process did not outlive the emulator that ran it.
  const [adopted, runs] = ['running' in facts.state && !local, before?.state?.running && local ? 1 : 0];
  return { options, probers: new Set(), facts, adopted, runs, running: undefined, timer: undefined, failures: 0, crashes: 0, over: false, launch: async () => {} };
};

export const set = (state: State, change: Partial<ContainerFacts>): void => {
  state.facts = { ...state.facts, ...change };
  state.options.changed();
};

/** Neither ready nor started: it waits for something, or has ended. */
export const setIdle = (state: State, change: Pick<ContainerFacts, 'state'> & Partial<ContainerFacts>): void => set(state, { ...change, ready: false, started: false });
