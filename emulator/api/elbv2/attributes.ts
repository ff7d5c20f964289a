// Attributes as data: one row per key with its default and what it accepts; one engine for the three resources that have them.
import type { AttributeMap } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { unseen } from './texts.js';

export type AttributeRow<R> = {
  key: string;
  /** undefined: the key does not exist for this resource. */
  initial(record: R): string | undefined;
  /** Throws what AWS refuses. `current` is the complete set before the call. */
  check(value: string, record: R, current: AttributeMap): void;
};

export type Attribute = { Key?: string | undefined; Value?: string | undefined };

/** A value from a short list. */
export const oneOf = (key: string, ...allowed: string[]) => (value: string): void => {
  if (!allowed.includes(value)) throw unseen.attributeWord(key, value, allowed);
};

/** A whole number in a range, or one of some words. */
export const between = (key: string, min: number, max: number, ...words: string[]) => (value: string): void => {
  if (words.includes(value)) return;
  const fits = /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max;
  if (!fits) throw validationError(`'${key}' value '${value}' must be between '${min}-${max}' inclusive`);
};

export const flag = <R>(key: string, initial: 'true' | 'false'): AttributeRow<R> => ({ key, initial: () => initial, check: oneOf(key, 'true', 'false') });

/** Every attribute that the resource has: the defaults, and what was set. */
export const fullSet = <R extends { attributes: AttributeMap }>(rows: readonly AttributeRow<R>[], record: R): AttributeMap => {
  const full: AttributeMap = {};
  for (const row of rows) {
    const initial = row.initial(record);
    if (initial !== undefined) full[row.key] = record.attributes[row.key] ?? initial;
  }
  return full;
};

export const asList = (attributes: AttributeMap): { Key: string; Value: string }[] =>
  Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));

export type Refusals<R> = {
  unknown(key: string, record: R): Error;
  /** Known, but not for this resource. */
  unsupported(key: string, record: R): Error;
};

const checkTwice = (attributes: readonly Attribute[]): void => {
  const keys = attributes.map((attribute) => attribute.Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw unseen.attributeTwice(twice ?? '');
};

/** What the record keeps after a Modify…Attributes call: all keys are checked before any counts. */
export const changedAttributes = <R extends { attributes: AttributeMap }>(
  rows: readonly AttributeRow<R>[],
  record: R,
  attributes: readonly Attribute[],
  refusals: Refusals<R>,
): AttributeMap => {
  checkTwice(attributes);
  const current = fullSet(rows, record);
  const changed = { ...record.attributes };
  for (const { Key = '', Value = '' } of attributes) {
    const row = rows.find(({ key }) => key === Key);
    if (!row) throw refusals.unknown(Key, record);
    if (current[Key] === undefined) throw refusals.unsupported(Key, record);
    row.check(Value, record, current);
    changed[Key] = Value;
  }
  return changed;
};
