// Compares a JSON answer with a JSON sample: same keys and shapes, values by the named rules. Pure.
import { shown, type Difference } from './difference.js';
import { sameText } from './rules.js';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;

const sameScalar = (sample: unknown, actual: unknown): boolean => {
  if (kindOf(sample) !== kindOf(actual)) return false;
  if (typeof sample === 'string' || typeof sample === 'number') return sameText(String(sample), String(actual));
  return sample === actual;
};

// A target that became healthy since the sample was taken has no Reason and no Description any more.
const settled = (sample: Fields, actual: Fields): ReadonlySet<string> =>
  sample['State'] === 'initial' && actual['State'] === 'healthy' ? new Set(['Reason', 'Description']) : new Set();

const compareFields = (where: string, sample: Fields, actual: Fields): Difference[] => {
  const optional = settled(sample, actual);
  return Object.keys(sample)
    .filter((key) => !(optional.has(key) && !(key in actual)))
    .flatMap((key) => compareValue(where === '' ? key : `${where}.${key}`, sample[key], actual[key]));
};

/**
 * Pairs each sample element with an answer's element of its own that has no difference, as far as possible
 * (augmenting paths, so that a lenient element does not take the only partner of a strict one).
 */
const pair = (fits: readonly (readonly boolean[])[]): Map<number, number> => {
  const sampleOf = new Map<number, number>();
  const place = (sample: number, tried: Set<number>): boolean =>
    (fits[sample] ?? []).some((fit, actual) => {
      if (!fit || tried.has(actual)) return false;
      tried.add(actual);
      const holder = sampleOf.get(actual);
      if (holder !== undefined && !place(holder, tried)) return false;
      sampleOf.set(actual, sample);
      return true;
    });
  fits.forEach((_, sample) => place(sample, new Set()));
  return sampleOf;
};

// AWS gives no order to most lists, so elements are matched, not counted off.
const compareLists = (where: string, sample: readonly unknown[], actual: readonly unknown[]): Difference[] => {
  if (sample.length !== actual.length) {
    return [{ where: `${where}[]`, sample: `${sample.length} elements`, actual: `${actual.length}: ${shown(actual)}` }];
  }
  const found = sample.map((one, at) => actual.map((other) => compareValue(`${where}[${at}]`, one, other)));
  const sampleOf = pair(found.map((row) => row.map((differences) => differences.length === 0)));
  const placed = new Set(sampleOf.values());
  const free = actual.map((_, at) => at).filter((at) => !sampleOf.has(at));
  return sample.flatMap((_, at) => {
    if (placed.has(at)) return [];
    return found[at]?.[free.shift() ?? at] ?? [];
  });
};

const compareValue = (where: string, sample: unknown, actual: unknown): Difference[] => {
  if (isFields(sample) && isFields(actual)) return compareFields(where, sample, actual);
  if (Array.isArray(sample) && Array.isArray(actual)) return compareLists(where, sample, actual);
  return sameScalar(sample, actual) ? [] : [{ where: where || 'output', sample: shown(sample), actual: shown(actual) }];
};

const parse = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

/** JSON, or a text that opens as pretty-printed JSON does and is broken. */
export const looksLikeJson = (text: string): boolean =>
  /^\s*[[{]/.test(text) && (parse(text) !== undefined || /^\s*[[{]\s*\n/.test(text));

const childrenOf = (samples: readonly unknown[], key: string): unknown[] =>
  samples.filter(isFields).flatMap((sample) => (key in sample ? [sample[key]] : []));

const strip = (samples: readonly unknown[], actual: unknown): unknown => {
  if (Array.isArray(actual)) {
    const elements = samples.filter(Array.isArray).flat() as unknown[];
    return actual.map((one) => strip(elements, one));
  }
  if (!isFields(actual)) return actual;
  const kept = Object.keys(actual).filter((key) => childrenOf(samples, key).length > 0);
  return Object.fromEntries(kept.map((key) => [key, strip(childrenOf(samples, key), actual[key])]));
};

/** The answer without the keys that the sample does not have. Both must be JSON. */
export const onlyAsked = (sample: string, actual: string): string =>
  JSON.stringify(strip([JSON.parse(sample)], JSON.parse(actual)));

/** Keys that only the answer has are no difference: AWS adds some over the years. */
export const compareJson = (sample: string, actual: string): Difference[] => {
  const expected = parse(sample);
  if (!expected) return [{ where: 'sample', sample: 'text that is not JSON though it starts so', actual: '' }];
  const given = parse(actual);
  if (!given) return [{ where: 'output', sample: 'JSON', actual: shown(actual.trim()) }];
  return compareValue('', expected.value, given.value);
};
