// The places of load balancers among this machine's addresses: one for each, in whatever account and region it is.
import type { IndexedStore } from '../../state/store.js';

export type Places = {
  /** Those of every load balancer that is stored, and those that are claimed. */
  taken(): Iterable<number>;
  claim(place: number): void;
};

/** Runs a change that may claim a place. It stays claimed until the change is stored or refused, for other accounts do not see it before. */
export const createPlaces = ({ partitions }: Pick<IndexedStore, 'partitions'>) => {
  const claimed = new Set<number>();
  const taken = function* (): Generator<number> {
    yield* claimed;
    for (const { read } of partitions()) for (const { slot } of read.list('loadBalancers')) yield slot;
  };
  return async <T>(change: (places: Places) => Promise<T>): Promise<T> => {
    const own: number[] = [];
    const claim = (place: number): void => {
      claimed.add(place);
      own.push(place);
    };
    return change({ taken, claim }).finally(() => own.forEach((place) => claimed.delete(place)));
  };
};
