// What a controller does about a pod of its that an admission webhook refuses: it says so, and tries again later.
import { messageOf } from '../../errors.js';
import type { KubeObject } from '../types.js';
import type { Context } from './context.js';
import type { Recorder } from './events.js';
import { keyOf, type WorkQueue } from './queue.js';

/** The context of a controller that makes pods. */
export type Making = Context & { refused(owner: KubeObject): (error: unknown) => void };

const retryAfter = 10_000;

/** `queue` is that of the controller, known when it is needed. */
export const making = (context: Context, record: Recorder, queue: () => WorkQueue): Making => ({
  ...context,
  refused: (owner) => (error) => {
    record(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    queue().addAfter(keyOf(owner), retryAfter);
  },
});
