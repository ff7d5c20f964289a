// Structural schemas: pruning, defaulting and validation of custom resources, with the server's wording.
import { duplicate, invalidValue, required, tooLong, tooMany, unsupported, type Cause } from '../../status.js';
import { equal, fields, isFields, items, number, strings, type Fields } from '../json.js';

const preserves = (schema: Fields): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true;

/** Removes what the schema does not know; names of removed fields go to `unknown`. */
export const prune = (value: unknown, schema: Fields, trail: string, unknown: string[]): unknown => {
  if (Array.isArray(value)) return value.map((item, index) => prune(item, fields(schema.items), `${trail}[${index}]`, unknown));
  if (!isFields(value)) return value;
  const properties = fields(schema.properties);
  const additional = schema.additionalProperties;
  const result: Fields = {};
  for (const [key, item] of Object.entries(value)) {
    const inner = trail === '' ? key : `${trail}.${key}`;
    const known = properties[key];
    if (known !== undefined) result[key] = prune(item, fields(known), inner, unknown);
    else if (isFields(additional)) result[key] = prune(item, additional, inner, unknown);
    else if (additional === true || preserves(schema) || (schema['x-kubernetes-embedded-resource'] === true && ['apiVersion', 'kind', 'metadata'].includes(key))) result[key] = item;
    else unknown.push(inner);
  }
  return result;
};

/** Fills defaults in place; nulls that have a default and may not be null give way to it. */
export const fillDefaults = (value: unknown, schema: Fields): void => {
  if (Array.isArray(value)) {
    for (const item of value) fillDefaults(item, fields(schema.items));
    return;
  }
  if (!isFields(value)) return;
  for (const [key, property] of Object.entries(fields(schema.properties))) {
    const own = fields(property);
    if (value[key] === null && own.nullable !== true) delete value[key];
    if (value[key] === undefined && own.default !== undefined) value[key] = structuredClone(own.default);
    fillDefaults(value[key], own);
  }
  if (isFields(schema.additionalProperties)) for (const item of Object.values(value)) fillDefaults(item, schema.additionalProperties);
};

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return value === null ? 'null' : typeof value;
};

const hasType = (value: unknown, schema: Fields): boolean => {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'].includes(typeOf(value));
  if (schema.type === undefined) return true;
  return schema.type === typeOf(value) || (schema.type === 'number' && typeOf(value) === 'integer');
};

type Check = (value: never, limit: never, name: string) => string | undefined;

const numberChecks: Record<string, Check> = {
  minimum: (value: number, limit: number, name) => (value < limit ? `${name} in body should be greater than or equal to ${limit}` : undefined),
  exclusiveMinimum: (value: number, limit: number, name) => (value <= limit ? `${name} in body should be greater than ${limit}` : undefined),
  maximum: (value: number, limit: number, name) => (value > limit ? `${name} in body should be less than or equal to ${limit}` : undefined),
  exclusiveMaximum: (value: number, limit: number, name) => (value >= limit ? `${name} in body should be less than ${limit}` : undefined),
  multipleOf: (value: number, limit: number, name) => (value % limit !== 0 ? `${name} in body should be a multiple of ${limit}` : undefined),
};
// Go and JavaScript differ in a few forms: a pattern that cannot be read here refuses nobody.
const matches = (value: string, pattern: string): boolean => {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return true;
  }
};

const stringChecks: Record<string, Check> = {
  minLength: (value: string, limit: number, name) => ([...value].length < limit ? `${name} in body should be at least ${limit} chars long` : undefined),
  pattern: (value: string, limit: string, name) => (matches(value, limit) ? undefined : `${name} in body should match '${limit}'`),
};
const listChecks: Record<string, Check> = {
  minItems: (value: unknown[], limit: number, name) => (value.length < limit ? `${name} in body should have at least ${limit} items` : undefined),
};
const objectChecks: Record<string, Check> = {
  minProperties: (value: Fields, limit: number, name) => (Object.keys(value).length < limit ? `${name} in body should have at least ${limit} properties` : undefined),
};

/** What is too much has reasons of its own. */
const excess = (value: unknown, schema: Fields, trail: string): Cause[] => {
  if (typeof value === 'string') return [...value].length > number(schema.maxLength, Infinity) ? [tooLong(trail, number(schema.maxLength))] : [];
  const [count, limit] = Array.isArray(value) ? [value.length, schema.maxItems] : [isFields(value) ? Object.keys(value).length : 0, schema.maxProperties];
  return count > number(limit, Infinity) ? [tooMany(trail, count, number(limit))] : [];
};

/** Items of lists that are sets or maps may stand there once only. */
const repeated = (value: readonly unknown[], schema: Fields, trail: string): Cause[] => {
  const kind = schema['x-kubernetes-list-type'];
  if (kind !== 'set' && kind !== 'map') return [];
  const names = strings(schema['x-kubernetes-list-map-keys']).sort();
  const keyOf = (item: unknown): unknown => (kind === 'set' ? item : Object.fromEntries(names.filter((name) => name in fields(item)).map((name) => [name, fields(item)[name]])));
  const keys = value.map(keyOf);
  return keys.flatMap((key, index) => (keys.findIndex((one) => equal(one, key)) < index ? [duplicate(`${trail}[${index}]`, key)] : []));
};

/** In this form of OpenAPI an exclusive limit is a flag beside the limit. */
const limitsOf = (schema: Fields): Fields => ({
  ...(schema.exclusiveMinimum === true ? { exclusiveMinimum: schema.minimum } : { minimum: schema.minimum }),
  ...(schema.exclusiveMaximum === true ? { exclusiveMaximum: schema.maximum } : { maximum: schema.maximum }),
  multipleOf: schema.multipleOf,
});

const runChecks = (checks: Record<string, Check>, value: unknown, schema: Fields, trail: string): Cause[] =>
  Object.entries(checks).flatMap(([key, check]) => {
    const complaint = schema[key] === undefined ? undefined : check(value as never, schema[key] as never, trail);
    return complaint === undefined ? [] : [invalidValue(trail, value, complaint)];
  });

const checkObject = (value: Fields, schema: Fields, trail: string): Cause[] => {
  const name = (key: string): string => (trail === '' ? key : `${trail}.${key}`);
  const missing = strings(schema.required).filter((key) => value[key] === undefined).map((key) => required(name(key)));
  const known = fields(schema.properties);
  const inner = Object.entries(value).flatMap(([key, item]) => {
    const own = known[key] ?? schema.additionalProperties;
    return isFields(own) && item !== undefined ? check(item, own, name(key)) : [];
  });
  return [...missing, ...inner];
};

const alternatives = (value: unknown, schema: Fields, trail: string): Cause[] => {
  const all = items(schema.allOf).flatMap((each) => check(value, each, trail));
  const any = items(schema.anyOf);
  const one = items(schema.oneOf);
  if (any.length > 0 && !any.some((each) => check(value, each, trail).length === 0)) {
    all.push(invalidValue(trail, value, `${trail} in body must validate at least one schema (anyOf)`));
  }
  if (one.length > 0 && one.filter((each) => check(value, each, trail).length === 0).length !== 1) {
    all.push(invalidValue(trail, value, `${trail} in body must validate one and only one schema (oneOf)`));
  }
  if (isFields(schema.not) && check(value, schema.not, trail).length === 0) all.push(invalidValue(trail, value, `${trail} in body must not validate the schema (not)`));
  return all;
};

const wrongType = (value: unknown, schema: Fields, trail: string): Cause => {
  const found = typeOf(value);
  return { ...invalidValue(trail, found, `${trail} in body must be of type ${String(schema.type ?? 'integer,string')}: "${found}"`), reason: 'FieldValueTypeInvalid' };
};

const checkList = (value: readonly unknown[], schema: Fields, trail: string): Cause[] => [
  ...runChecks(listChecks, value, schema, trail),
  ...repeated(value, schema, trail),
  ...value.flatMap((item, index) => check(item, fields(schema.items), `${trail}[${index}]`)),
];

/** All complaints about `value` at `trail`. */
export const check = (value: unknown, schema: Fields, trail: string): Cause[] => {
  if (value === null && schema.nullable === true) return [];
  if (!hasType(value, schema)) return [wrongType(value, schema, trail)];
  if (Array.isArray(schema.enum) && !schema.enum.some((each) => equal(each, value))) return [unsupported(trail, value, schema.enum.map(String))];
  const causes = [...alternatives(value, schema, trail), ...excess(value, schema, trail)];
  if (typeof value === 'number') return [...causes, ...runChecks(numberChecks, value, limitsOf(schema), trail)];
  if (typeof value === 'string') return [...causes, ...runChecks(stringChecks, value, schema, trail)];
  if (Array.isArray(value)) return [...causes, ...checkList(value, schema, trail)];
  return isFields(value) ? [...causes, ...runChecks(objectChecks, value, schema, trail), ...checkObject(value, schema, trail)] : causes;
};
