// Events live for an hour, as on the real server; the old ones go when new ones come, so no timer is needed.
import type { Clock } from '../../clock.js';
import type { Store } from './store.js';

const lifetime = 60 * 60 * 1000;
// Looking through all events is worth it only now and then.
const everySoMany = 50;

/** Starts to remove expired events. */
export const expireEvents = (store: Store, clock: Clock): void => {
  let seen = 0;
  store.watch('events', ({ type }) => {
    if (type !== 'ADDED') return;
    seen += 1;
    if (seen % everySoMany !== 0) return;
    const limit = clock.now() - lifetime;
    for (const event of store.list('events')) if (Date.parse(event.metadata.creationTimestamp) < limit) store.remove('events', event);
  });
};
