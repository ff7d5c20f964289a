// Compares a block's output with the page's sample: finds out what kind of output it is, then by that kind's rules. Pure.
import { lenientSample } from './allowances.js';
import type { Difference } from './difference.js';
import { compareJson, looksLikeJson, onlyAsked } from './json.js';
import { compareDescribe, compareHead, compareText, hasEllipsis } from './lines.js';
import { countedIn } from './rules.js';
import { compareTable, isHeader } from './table.js';

export type Kind = 'nothing' | 'json' | 'table' | 'head' | 'describe' | 'text';

const isKeyed = (line: string): boolean => /^\S[^:]*:\s/.test(line) || /^\s+\S/.test(line);

/** What kind of output a sample shows. */
export const kindOf = (sample: string): Kind => {
  const lines = sample.split('\n').filter((line) => line.trim() !== '');
  const [first] = lines;
  if (first === undefined) return 'nothing';
  if (looksLikeJson(sample)) return 'json';
  if (/^HTTP\/\d/.test(first)) return 'head';
  if (isHeader(first)) return 'table';
  if (/^Name:\s/.test(first) && lines.filter(isKeyed).length * 2 > lines.length) return 'describe';
  return 'text';
};

const comparers: Readonly<Record<Kind, (sample: string, actual: string) => Difference[]>> = {
  nothing: () => [],
  json: compareJson,
  table: compareTable,
  head: compareHead,
  describe: compareDescribe,
  text: compareText,
};

// What of an answer is set against the whole sample; undefined where an answer may hold more than the sample.
const whole = (kind: Kind, sample: string, actual: string): string | undefined => {
  if (kind === 'json') return onlyAsked(sample, actual);
  if (kind === 'table') return actual;
  return kind === 'text' && !hasEllipsis(sample) ? actual : undefined;
};

// Three targets with one address, or a health check on another node port, look right one by one.
const compareCounts = (sample: string, actual: string): Difference[] => {
  const given = countedIn(actual);
  return [...countedIn(sample)].flatMap(([name, things]) => {
    const found = given.get(name)?.size ?? 0;
    if (found === things.size) return [];
    return [{ where: `count of "${name}"`, sample: `${things.size} different`, actual: `${found} different` }];
  });
};

const compareAll = (sample: string, actual: string): Difference[] => {
  const kind = kindOf(sample);
  const differences = comparers[kind](sample, actual);
  if (differences.length > 0) return differences;
  const all = whole(kind, sample, actual);
  return all === undefined ? [] : compareCounts(sample, all);
};

/**
 * Every place where the output is not what the sample shows; a page without a sample promises nothing.
 * `lenient` is for pages that are not ours: their samples are of different years and moments.
 */
export const compare = (sample: string, actual: string, lenient = false): Difference[] => {
  if (!lenient) return compareAll(sample, actual);
  const allowed = lenientSample(sample, actual);
  return compareAll(allowed.sample, allowed.actual);
};
