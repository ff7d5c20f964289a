// How annotation values are read, with the errors that Go's strconv would give. Pure.

export type Parser<T> = (raw: string, key: string) => T;

export const text: Parser<string> = (raw) => raw;

const truths: Record<string, boolean> = {};
for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True']) truths[word] = true;
for (const word of ['0', 'f', 'F', 'FALSE', 'false', 'False']) truths[word] = false;

/** Go's ParseBool; undefined for anything else. */
export const goBool = (raw: string): boolean | undefined => (Object.hasOwn(truths, raw) ? truths[raw] : undefined);

export const bool: Parser<boolean> = (raw, key) => {
  const value = goBool(raw);
  if (value === undefined) throw new Error(`failed to parse bool annotation, ${key}: ${raw}: strconv.ParseBool: parsing ${JSON.stringify(raw)}: invalid syntax`);
  return value;
};

/** Go's ParseInt(raw, 10, 32): the number, or its complaint. */
export const goInt32 = (raw: string): number | { problem: string } => {
  const problem = (what: string) => ({ problem: `strconv.ParseInt: parsing ${JSON.stringify(raw)}: ${what}` });
  if (!/^[+-]?\d+$/.test(raw)) return problem('invalid syntax');
  const value = Number(raw);
  return value > 2 ** 31 - 1 || value < -(2 ** 31) ? problem('value out of range') : value;
};

export const int32: Parser<number> = (raw, key) => {
  const value = goInt32(raw);
  if (typeof value === 'object') throw new Error(`failed to parse int32 annotation, ${key}: ${raw}: ${value.problem}`);
  return value;
};

export const stringList: Parser<string[]> = (raw) => raw.split(',').map((item) => item.trim()).filter(Boolean);

/** Cuts at commas, but only where a new `k=v` follows; a backslash takes the next character as it is. */
const splitPairs = (raw: string): string[] | undefined => {
  const pairs: string[] = [];
  let pair = '';
  for (let at = 0; at < raw.length; at += 1) {
    const char = raw.charAt(at);
    if (char === '\\' && at + 1 < raw.length) {
      at += 1;
      pair += raw.charAt(at);
    } else if (char === ',' && raw.indexOf('=', at + 1) >= 0) {
      pairs.push(pair);
      pair = '';
    } else if (char === ',' && at + 1 < raw.length) return undefined;
    else pair += char;
  }
  return [...pairs, pair];
};

export const stringMap: Parser<Record<string, string>> = (raw, key) => {
  if (raw === '') return {};
  const problem = new Error(`failed to parse stringMap annotation, ${key}: ${raw}`);
  const map: Record<string, string> = {};
  for (const pair of splitPairs(raw) ?? [''])  {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name === '') throw problem;
    map[name] = pair.slice(at + 1).trim();
  }
  return map;
};
