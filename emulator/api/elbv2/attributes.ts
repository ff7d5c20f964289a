// Attributes as data: one row per key with its default and what it accepts; one engine for the three resources that have them.
import type { AttributeMap } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { once, type Checks } from './checked.js';
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

type ChangeChecks = Checks<'keys given once' | 'keys known' | 'keys supported' | 'values'>;

/** A Modify…Attributes call: its checks, each over all keys, and the record with what it sets. */
export const attributeChange = <R extends { attributes: AttributeMap }>(
  rows: readonly AttributeRow<R>[],
  record: () => R,
  attributes: readonly Attribute[],
  refusals: Refusals<R>,
): { checks: ChangeChecks; changed(): R } => {
  const current = once(() => fullSet(rows, record()));
  const rowOf = (key: string): AttributeRow<R> | undefined => rows.find((row) => row.key === key);
  const each = (check: (key: string, value: string) => void) => (): void => attributes.forEach(({ Key = '', Value = '' }) => check(Key, Value));
  return {
    checks: {
      'keys given once': () => checkTwice(attributes),
      'keys known': each((key) => {
        if (!rowOf(key)) throw refusals.unknown(key, record());
      }),
      'keys supported': each((key) => {
        if (current()[key] === undefined) throw refusals.unsupported(key, record());
      }),
      values: each((key, value) => rowOf(key)?.check(value, record(), current())),
    },
    changed: () => ({ ...record(), attributes: { ...record().attributes, ...Object.fromEntries(attributes.map(({ Key = '', Value = '' }) => [Key, Value])) } }),
  };
};
