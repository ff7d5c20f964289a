// Events live for an hour after they were last written, as on the real server; the old ones go when new ones come, so no timer is needed.
import type { Clock } from '../../clock.js';
import type { KubeObject } from '../types.js';
import { text } from './json.js';
import { rowOf } from './lookups.js';
import type { Store } from './store.js';

const lifetime = 60 * 60 * 1000;

const lastWritten = (event: KubeObject): number => Date.parse(text(event['lastTimestamp']) || event.metadata.creationTimestamp);

/** Starts to remove expired events: the one that was written longest ago is looked at first, and most often it is too young. */
export const expireEvents = (store: Store, clock: Clock): void => {
  const written = new Map<string, { event: KubeObject; at: number }>();
  const expire = (): void => {
    const limit = clock.now() - lifetime;
    for (const [key, { event, at }] of written) {
      if (at >= limit) return;
      written.delete(key);
      if (store.get('events', event.metadata.namespace, event.metadata.name)) store.remove('events', event);
    }
  };
  const oldestFirst = store.list('events').map((event) => ({ event, at: lastWritten(event) })).sort((a, b) => a.at - b.at);
  for (const one of oldestFirst) written.set(rowOf(one.event), one);
  store.watch('events', ({ type, object }) => {
    written.delete(rowOf(object));
    if (type === 'DELETED') return;
    written.set(rowOf(object), { event: object, at: clock.now() });
    expire();
  });
};
