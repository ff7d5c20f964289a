// Compares a block's output with the page's sample: finds out what kind of output it is, then by that kind's rules. Pure.
import type { Difference } from './difference.js';
import { compareJson } from './json.js';
import { compareDescribe, compareHead, compareText } from './lines.js';
import { compareTable, isHeader } from './table.js';

export type Kind = 'nothing' | 'json' | 'table' | 'head' | 'describe' | 'text';

const isKeyed = (line: string): boolean => /^\S[^:]*:\s/.test(line) || /^\s+\S/.test(line);

/** What kind of output a sample shows. */
export const kindOf = (sample: string): Kind => {
  const lines = sample.split('\n').filter((line) => line.trim() !== '');
  const [first] = lines;
  if (first === undefined) return 'nothing';
  if (/^[[{]/.test(first) && first !== '[...]') return 'json';
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

/** Every place where the output is not what the sample shows; a page without a sample promises nothing. */
export const compare = (sample: string, actual: string): Difference[] => comparers[kindOf(sample)](sample, actual);
