// Functions on strings beyond the language's own: regular expressions, replacement, and format.
import type { Environment } from '@marcbachmann/cel-js';

const everyMatch = (text: string, pattern: string, most = Infinity): string[] => [...text.matchAll(new RegExp(pattern, 'gu'))].map(([found]) => found).slice(0, most);

const replace = (text: string, from: string, to: string, most = -1n): string => {
  const parts = text.split(from);
  const taken = most < 0n ? parts.length - 1 : Math.min(Number(most), parts.length - 1);
  return parts.slice(0, taken + 1).join(to) + parts.slice(taken + 1).map((part) => from + part).join('');
};

const charAt = (text: string, index: bigint): string => {
  const letters = [...text];
  if (index < 0n || index > BigInt(letters.length)) throw new Error(`index out of range: ${index}`);
  return letters[Number(index)] ?? '';
};

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Date) return value.toISOString();
  return value !== null && typeof value === 'object' ? JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)) : String(value);
};

const formats: Record<string, (value: unknown, digits: number) => string> = {
  s: shown,
  d: shown,
  f: (value, digits) => Number(value).toFixed(digits),
  e: (value, digits) => Number(value).toExponential(digits),
  b: (value) => (typeof value === 'boolean' ? String(Number(value)) : BigInt(value as bigint).toString(2)),
  o: (value) => BigInt(value as bigint).toString(8),
  x: (value) => (typeof value === 'string' ? Buffer.from(value).toString('hex') : BigInt(value as bigint).toString(16)),
  X: (value) => (typeof value === 'string' ? Buffer.from(value).toString('hex') : BigInt(value as bigint).toString(16)).toUpperCase(),
};

const format = (text: string, values: readonly unknown[]): string => {
  let next = 0;
  return text.replace(/%(?:%|(?:\.(\d+))?([a-zA-Z]))/g, (whole, digits: string | undefined, verb: string | undefined) => {
    if (whole === '%%') return '%';
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    const print = formats[verb ?? ''];
    if (!print) throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb ?? ''}"`);
    return print(values[next++], Number(digits ?? 6));
  });
};

/** find, findAll, replace, charAt, format. */
export const addTexts = (environment: Environment): void => {
  environment.registerFunction('string.find(string): string', (text: string, pattern: string) => everyMatch(text, pattern, 1)[0] ?? '');
  environment.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => everyMatch(text, pattern));
  environment.registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, most: bigint) => everyMatch(text, pattern, most < 0n ? Infinity : Number(most)));
  environment.registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => replace(text, from, to));
  environment.registerFunction('string.replace(string, string, int): string', replace);
  environment.registerFunction('string.charAt(int): string', charAt);
  environment.registerFunction('string.format(list<dyn>): string', format);
};
