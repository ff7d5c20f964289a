// Kubernetes' functions on lists, and those on sets.
import type { Environment } from '@marcbachmann/cel-js';
import { equal } from '../json.js';

type Ordered = number | bigint | string | Date;

const sum = (list: readonly (number | bigint)[]): number | bigint => list.reduce<number | bigint>((total, one) => (typeof one === 'bigint' ? BigInt(total) + one : Number(total) + one), 0n);

const extreme = (name: string, better: (one: Ordered, other: Ordered) => boolean) => (list: readonly Ordered[]): Ordered => {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, one) => (better(one, best) ? one : best), first);
};

const isSorted = (list: readonly Ordered[]): boolean => list.every((one, index) => index === 0 || (list[index - 1] ?? one) <= one);

const holds = (list: readonly unknown[], wanted: unknown): boolean => list.some((one) => equal(one, wanted));
const covers = (list: readonly unknown[], others: readonly unknown[]): boolean => others.every((one) => holds(list, one));

/** Functions in a namespace are methods of a constant. */
class Sets {}

const addSets = (environment: Environment): void => {
  environment.registerType('kubernetes.Sets', { ctor: Sets, fields: {} });
  environment.registerConstant('sets', 'kubernetes.Sets', new Sets());
  environment.registerFunction('kubernetes.Sets.contains(list<dyn>, list<dyn>): bool', (_sets: Sets, list: unknown[], others: unknown[]) => covers(list, others));
  environment.registerFunction('kubernetes.Sets.equivalent(list<dyn>, list<dyn>): bool', (_sets: Sets, list: unknown[], others: unknown[]) => covers(list, others) && covers(others, list));
  environment.registerFunction('kubernetes.Sets.intersects(list<dyn>, list<dyn>): bool', (_sets: Sets, list: unknown[], others: unknown[]) => others.some((one) => holds(list, one)));
};

/** isSorted, sum, min, max, indexOf, lastIndexOf, sets.*. */
export const addLists = (environment: Environment): void => {
  environment.registerFunction('list<A>.isSorted(): bool', isSorted);
  environment.registerFunction('list<A>.sum(): A', sum);
  environment.registerFunction('list<A>.min(): A', extreme('min', (one, other) => one < other));
  environment.registerFunction('list<A>.max(): A', extreme('max', (one, other) => one > other));
  environment.registerFunction('list<A>.indexOf(A): int', (list: unknown[], wanted: unknown) => BigInt(list.findIndex((one) => equal(one, wanted))));
  environment.registerFunction('list<A>.lastIndexOf(A): int', (list: unknown[], wanted: unknown) => BigInt(list.findLastIndex((one) => equal(one, wanted))));
  addSets(environment);
};
