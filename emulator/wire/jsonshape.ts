// What the JSON body of a request must look like, as data, and everything that is wrong with one.
import { complaint, memberPath, type Complaint } from './complaints.js';

export type JsonShape =
  | { kind: 'text'; min?: number; max?: number; pattern?: RegExp; values?: readonly string[]; secret?: true }
  | { kind: 'integer'; min?: number; max?: number }
  | { kind: 'boolean' }
  /** Whatever JSON: a member that is read and not used. */
  | { kind: 'any' }
  | { kind: 'list'; of: JsonShape; min?: number; max?: number }
  | { kind: 'structure'; members: Readonly<Record<string, JsonShape>>; required: readonly string[] };

export const text = (limits: Omit<Extract<JsonShape, { kind: 'text' }>, 'kind'> = {}): JsonShape => ({ kind: 'text', ...limits });
export const integer = (min?: number, max?: number): JsonShape => ({ kind: 'integer', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
export const list = (of: JsonShape, min = 0, max = 1000): JsonShape => ({ kind: 'list', of, min, max });
export const structure = (members: Record<string, JsonShape>, ...required: string[]): JsonShape => ({ kind: 'structure', members, required });

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const fits = (shape: JsonShape, value: unknown): boolean => {
  switch (shape.kind) {
    case 'text': return typeof value === 'string';
    case 'integer': return Number.isSafeInteger(value);
    case 'boolean': return typeof value === 'boolean';
    case 'list': return Array.isArray(value);
    case 'structure': return isObject(value);
    case 'any': return true;
  }
};

const sizeRules = (shape: { min?: number; max?: number }, size: number, word: 'length' | 'value'): string[] => [
  ...(shape.max !== undefined && size > shape.max ? [`Member must have ${word} less than or equal to ${shape.max}`] : []),
  ...(shape.min !== undefined && size < shape.min ? [`Member must have ${word} greater than or equal to ${shape.min}`] : []),
];

const broken = (shape: JsonShape, value: unknown): string[] => {
  if (shape.kind === 'integer') return sizeRules(shape, value as number, 'value');
  if (shape.kind === 'list') return sizeRules(shape, (value as unknown[]).length, 'length');
  if (shape.kind !== 'text') return [];
  return [
    ...sizeRules(shape, (value as string).length, 'length'),
    ...(shape.pattern && !shape.pattern.test(value as string) ? [`Member must satisfy regular expression pattern: ${shape.pattern.source}`] : []),
    ...(shape.values && !shape.values.includes(value as string) ? [`Member must satisfy enum value set: [${shape.values.join(', ')}]`] : []),
  ];
};

const shown = (shape: JsonShape, value: unknown): unknown => {
  if (shape.kind === 'text' && shape.secret) return '***';
  return typeof value === 'object' ? '{...}' : value;
};

const members = (shape: Extract<JsonShape, { kind: 'structure' }>, value: Record<string, unknown>, path: string): Complaint[] => [
  ...shape.required.filter((name) => value[name] === undefined || value[name] === null).map((name) => complaint(undefined, memberPath(path, name), 'Member must not be null')),
  ...Object.entries(shape.members).flatMap(([name, member]) => {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    return given === undefined || given === null ? [] : check(member, given, memberPath(path, name));
  }),
];

const check = (shape: JsonShape, value: unknown, path: string): Complaint[] => {
  if (!fits(shape, value)) return [complaint(shown(shape, value), path, `Member must be a valid ${shape.kind === 'text' ? 'string' : shape.kind}`)];
  const own = broken(shape, value).map((rule) => complaint(shown(shape, value), path, rule));
  if (shape.kind === 'list') return [...own, ...(value as unknown[]).flatMap((item, index) => check(shape.of, item, `${path}.${index + 1}.member`))];
  return shape.kind === 'structure' ? members(shape, value as Record<string, unknown>, path) : own;
};

/** Everything that is wrong; members that the shape does not know are ignored, as AWS does. */
export const checkJson = (shape: JsonShape, value: unknown): Complaint[] => check(shape, value, '');
