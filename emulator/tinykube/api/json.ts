// Reading untyped JSON without `any`: small accessors that never throw.

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as an object; empty when it is none. */
export const fields = (value: unknown): Fields => (isFields(value) ? value : {});

/** The objects of a list; empty when it is none. */
export const items = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export const number = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

/** The value below a path of keys. */
export const at = (value: unknown, ...path: string[]): unknown => {
  let here = value;
  for (const key of path) here = fields(here)[key];
  return here;
};

/** The object at `key`, made when missing. */
export const child = (parent: Fields, key: string): Fields => {
  const present = parent[key];
  if (isFields(present)) return present;
  const made: Fields = {};
  parent[key] = made;
  return made;
};

/** Sets what is missing (undefined or null). */
export const defaults = (target: Fields, values: Fields): void => {
  for (const [key, value] of Object.entries(values)) target[key] ??= value;
};

/** Whether two objects have the same fields, apart from the named ones. */
export const equalApart = (a: Fields, b: Fields, ...keys: readonly string[]): boolean => {
  let left = 0;
  for (const key in b) if (b[key] !== undefined && !keys.includes(key)) left += 1;
  for (const key in a) {
    if (a[key] === undefined || keys.includes(key)) continue;
    if (!equal(a[key], b[key])) return false;
    left -= 1;
  }
  return left === 0;
};

/** Whether two values are the same JSON: a field that is undefined is none. What both share is not looked into. */
export const equal = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, n) => equal(item, b[n]));
  return isFields(a) && isFields(b) && equalApart(a, b);
};

export const without = <T extends object>(value: T, ...keys: readonly string[]): Fields => {
  const rest: Fields = {};
  for (const [key, item] of Object.entries(value)) if (!keys.includes(key)) rest[key] = item;
  return rest;
};

/** How Go prints a decoded JSON value with %v: what the server puts into messages about patches. */
export const goSyntax = (value: unknown): string => {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goSyntax).join(' ')}]`;
  if (!isFields(value)) return String(value);
  const pairs = Object.keys(value).sort().map((key) => `${key}:${goSyntax(value[key])}`);
  return `map[${pairs.join(' ')}]`;
};
