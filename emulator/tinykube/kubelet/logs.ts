// `kubectl logs`: which run of a container is meant, and what to say when there is nothing to read.
import type { Clock } from '../../clock.js';
import { badRequest } from '../status.js';
import { readLog, type LogOptions } from './journal.js';
import type { Part } from './part.js';

export type LogRequest = LogOptions & { namespace: string; pod: string; container: string };

const waitingFor = ({ life }: Part): string | undefined => {
  const { state, last } = life.facts();
  if (!('waiting' in state) || last) return undefined;
  return state.waiting.reason.includes('Image') ? 'trying and failing to pull image' : state.waiting.reason;
};

/** Lines of a container; refuses in the kubelet's words. A container of an earlier run of nlbox has none. */
export const readContainerLog = (part: Part | undefined, clock: Clock, request: LogRequest): AsyncIterable<string | Uint8Array> => {
  const { container, pod, previous } = request;
  if (!part) return nothing();
  if (previous && !part.journal.lines(true)) throw badRequest(`previous terminated container "${container}" in pod "${pod}" not found`);
  const reason = waitingFor(part);
  if (!previous && reason) throw badRequest(`container "${container}" in pod "${pod}" is waiting to start: ${reason}`);
  return readLog(part.journal, clock, request);
};

const nothing = async function* (): AsyncGenerator<string> {};
