// From a schema to the types and values of CEL: what `self` is, and what may be asked of it.
import type { Environment } from '@marcbachmann/cel-js';
import type { Cel } from '../../cel/environment.js';
import { fields, isFields, text, type Fields } from '../../json.js';

const keywords = new Set('true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '));

const spelled: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };

/** A property's name as expressions write it; undefined for one that cannot be written. */
export const escaped = (name: string): string | undefined => {
  if (keywords.has(name)) return `__${name}__`;
  const result = name.replace(/__|[.\-/]/g, (found) => spelled[found] ?? found);
  return /^[a-zA-Z_]\w*$/.test(result) ? result : undefined;
};

const scalars: Readonly<Record<string, string>> = { string: 'string', integer: 'int', number: 'double', boolean: 'bool' };
const formats: Readonly<Record<string, string>> = { 'date-time': 'google.protobuf.Timestamp', date: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration', byte: 'bytes' };

const metadata: Fields = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };

/** A resource's own fields: of its metadata, expressions see the name only. */
export const asRoot = (schema: Fields): Fields => ({ ...schema, properties: { ...fields(schema.properties), apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata } });

export type TypeNames = { of(schema: Fields): string };

/** Registers types as they are asked for; objects are equal when their fields are. */
export const typeNames = (environment: Environment): TypeNames => {
  const known = new Map<Fields, string>();
  const registerObject = (schema: Fields): string => {
    const name = `object${known.size}`;
    known.set(schema, name);
    const own = Object.entries(fields(schema.properties)).flatMap(([key, property]) => {
      const written = escaped(key);
      return written === undefined ? [] : [[written, of(fields(property))]];
    });
    environment.registerType(name, { fields: Object.fromEntries(own) as Record<string, string> });
    environment.registerOperator(`${name} == ${name}`, () => true);
    return name;
  };
  const of = (schema: Fields): string => {
    if (schema['x-kubernetes-int-or-string'] === true) return 'dyn';
    if (schema.type === 'array') return `list<${of(fields(schema.items))}>`;
    if (schema.type === 'object') {
      if (isFields(schema.additionalProperties)) return `map<string, ${of(schema.additionalProperties)}>`;
      return isFields(schema.properties) ? (known.get(schema) ?? registerObject(schema)) : 'dyn';
    }
    return formats[text(schema.format)] ?? scalars[text(schema.type)] ?? 'dyn';
  };
  return { of };
};

/** A value as expressions see it where no schema tells more: whole numbers are integers. */
export const untyped = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(untyped);
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return isFields(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untyped(item)])) : value;
};

const formatted = (cel: Cel, value: string, format: string): unknown => {
  if (formats[format] === undefined) return value;
  if (format === 'byte') return Buffer.from(value, 'base64');
  return format === 'duration' ? cel.evaluate('duration(text)', { text: value }) : new Date(value);
};

const ofObject = (cel: Cel, value: Fields, schema: Fields): Fields => {
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const property = fields(schema.properties)[key];
    if (isFields(property)) return [[escaped(key) ?? key, valueOf(cel, item, property)]];
    return [[key, isFields(schema.additionalProperties) ? valueOf(cel, item, schema.additionalProperties) : untyped(item)]];
  });
  return Object.fromEntries(entries);
};

/** A value as expressions see it: whole numbers, times and names by the schema. */
export const valueOf = (cel: Cel, value: unknown, schema: Fields): unknown => {
  if (Array.isArray(value)) return value.map((item) => valueOf(cel, item, fields(schema.items)));
  if (isFields(value)) return ofObject(cel, value, schema);
  if (typeof value === 'number') return schema.type === 'number' ? value : untyped(value);
  return typeof value === 'string' ? formatted(cel, value, text(schema.format)) : value;
};
