// What the front end of a service checks before any operation runs: required members, types, enums, ranges, patterns.
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { complaint, itemPath, memberPath, type Complaint } from './complaints.js';

/** One row of a service's constraint table; `min` and `max` are a length for texts and lists, a value for numbers. */
export type Constraint = { min?: number; max?: number; enum?: readonly string[]; pattern?: RegExp; patternText?: string };

/**
 * The rows that hold for a member: `member` is its name, `structure` the name of the structure it is in. A list's
 * items are asked for with `items` true.
 */
export type Constraints = (structure: string, member: string, items: boolean) => Constraint | undefined;

const sized = (value: unknown): { size: number; word: 'length' | 'value' } | undefined => {
  if (typeof value === 'number') return { size: value, word: 'value' };
  return typeof value === 'string' || Array.isArray(value) ? { size: value.length, word: 'length' } : undefined;
};

const brokenRules = (rule: Constraint, value: unknown): string[] => {
  const broken: string[] = [];
  const size = sized(value);
  if (size && rule.max !== undefined && size.size > rule.max) broken.push(`Member must have ${size.word} less than or equal to ${rule.max}`);
  if (size && rule.min !== undefined && size.size < rule.min) broken.push(`Member must have ${size.word} greater than or equal to ${rule.min}`);
  if (rule.enum && !rule.enum.includes(value as string)) broken.push(`Member must satisfy enum value set: [${rule.enum.join(', ')}]`);
  if (rule.pattern && !rule.pattern.test(String(value))) broken.push(`Member must satisfy regular expression pattern: ${rule.patternText ?? rule.pattern.source}`);
  return broken;
};

const typeName = (schema: NormalizedSchema): string => {
  if (schema.isListSchema()) return 'list';
  if (schema.isStructSchema() || schema.isMapSchema()) return 'structure';
  if (schema.isBooleanSchema()) return 'boolean';
  return schema.isNumericSchema() ? 'integer' : 'string';
};

const fitsType = (type: string, value: unknown): boolean => {
  if (type === 'list') return Array.isArray(value);
  if (type === 'structure') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
};

type Walk = { constraints: Constraints; complaints: Complaint[] };

const checkValue = (walk: Walk, schema: NormalizedSchema, value: unknown, path: string, rule: Constraint | undefined): boolean => {
  const type = typeName(schema);
  if (!fitsType(type, value)) {
    walk.complaints.push(complaint(value, path, `Member must be a valid ${type}`));
    return false;
  }
  const shown = Array.isArray(value) ? `[${value.map((item) => (typeof item === 'object' ? '{...}' : String(item))).join(', ')}]` : value;
  for (const broken of rule ? brokenRules(rule, value) : []) walk.complaints.push(complaint(shown, path, broken));
  return true;
};

const checkStructure = (walk: Walk, schema: NormalizedSchema, value: object, path: string): void => {
  const structure = schema.getName() ?? '';
  // Slot 6 of a static structure holds how many of its members, listed first, are required.
  const required = (schema.getSchema() as StaticStructureSchema)[6] ?? 0;
  let position = 0;
  for (const [name, member] of schema.structIterator()) {
    const at = memberPath(path, name);
    const given = (value as Record<string, unknown>)[name];
    const isRequired = position++ < required;
    if (given !== undefined && given !== null) checkMember(walk, structure, name, member, given, at);
    else if (isRequired) walk.complaints.push(complaint(undefined, at, 'Member must not be null'));
  }
};

const checkMember = (walk: Walk, structure: string, name: string, member: NormalizedSchema, value: unknown, path: string): void => {
  if (!checkValue(walk, member, value, path, walk.constraints(structure, name, false))) return;
  if (member.isStructSchema()) checkStructure(walk, member, value as object, path);
  if (!member.isListSchema()) return;
  const itemSchema = member.getValueSchema();
  const rule = walk.constraints(structure, name, true);
  for (const [index, item] of (value as unknown[]).entries()) {
    const at = itemPath(path, index);
    if (checkValue(walk, itemSchema, item, at, rule) && itemSchema.isStructSchema()) checkStructure(walk, itemSchema, item as object, at);
  }
};

/** Everything that is wrong with a typed input, in the order of its members. */
export const validateInput = (schema: StaticStructureSchema, input: object, constraints: Constraints): Complaint[] => {
  const walk: Walk = { constraints, complaints: [] };
  checkStructure(walk, NormalizedSchema.of(schema), input, '');
  return walk.complaints;
};
