// What becomes of a container that cannot start, or has ended: it waits and is started again, or stays as it is.
import { cannotRun } from '../images/table.js';
import { backoffOf, forgivenAfter } from './container-facts.js';
import { set, setIdle, type State } from './container-state.js';
import type { Ended } from './status.js';

const again = (state: State, delay: number): void => void (state.timer = state.options.clock.after(delay, () => void state.launch()));

const crashLoop = ({ options: { container, podTag } }: State, delay: number): string => `back-off ${delay / 1000}s restarting failed container=${container.name} pod=${podTag}`;

const tellBackOff = ({ options: { container, podTag, tell } }: State): void => tell('Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${podTag}`);

/** It could not be started: another try after growing delays. */
export const retry = (state: State, problem: string): void => {
  state.failures += 1;
  state.adopted = false;
  const delay = backoffOf(state.failures);
  state.options.tell('Warning', 'Failed', `Error: ${problem}`);
  tellBackOff(state);
  setIdle(state, { state: { waiting: { reason: 'CrashLoopBackOff', message: `${crashLoop(state, delay)}: ${problem}` } } });
  again(state, delay);
};

/** No image of that name: as if it could not be pulled. */
export const refuse = (state: State): void => {
  const { images, container, tell, clock } = state.options;
  state.adopted = false;
  const message = cannotRun(images, container.image);
  tell('Normal', 'Pulling', `Pulling image "${container.image}"`);
  tell('Warning', 'Failed', message);
  tell('Warning', 'Failed', 'Error: ErrImagePull');
  setIdle(state, { state: { waiting: { reason: 'ErrImagePull', message } } });
  // Nothing that happens later puts an image into the table: one step, no more tries.
  state.timer = clock.after(1000, () => {
    tell('Normal', 'BackOff', `Back-off pulling image "${container.image}"`);
    tell('Warning', 'Failed', 'Error: ImagePullBackOff');
    set(state, { state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${container.image}": ErrImagePull: ${message}` } } });
  });
};

/** It has ended for good. */
export const finish = (state: State, end: Ended, problem?: string): void => {
  if (problem !== undefined) state.options.tell('Warning', 'Failed', `Error: ${problem}`);
  setIdle(state, { state: { terminated: end } });
};

/** It has ended and is started again: the first time at once, then after growing delays. */
export const restart = (state: State, last: Ended): void => {
  if (state.options.clock.now() - Date.parse(last.startedAt) > forgivenAfter) state.crashes = 0;
  const delay = state.crashes === 0 ? 0 : backoffOf(state.crashes);
  state.crashes += 1;
  if (delay > 0) tellBackOff(state);
  setIdle(state, { state: delay > 0 ? { waiting: { reason: 'CrashLoopBackOff', message: crashLoop(state, delay) } } : { terminated: last }, last });
  again(state, delay);
};
