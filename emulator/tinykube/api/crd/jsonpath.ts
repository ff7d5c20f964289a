// The part of kubectl's JSONPath that printer columns and scale paths use: fields, indices, filters.
import { isFields } from '../json.js';

type Step = { field: string } | { index: number } | { every: true } | { where: string[]; equals: string };

const stepPattern = /\.((?:[^.[\]\\]|\\.)+)|\[(\d+)\]|\[\*\]|\[['"]([^'"\]]+)['"]\]|\[\?\(@((?:\.[\w-]+)+)\s*==\s*["']([^"']*)["']\)\]/gy;

const parse = (path: string): Step[] => {
  const steps: Step[] = [];
  for (const [whole, field, index, quoted, where, equals] of path.matchAll(stepPattern)) {
    if (field !== undefined) steps.push({ field: field.replace(/\\(.)/g, '$1') });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (quoted !== undefined) steps.push({ field: quoted });
    else if (where !== undefined) steps.push({ where: where.slice(1).split('.'), equals: equals ?? '' });
    else if (whole === '[*]') steps.push({ every: true });
  }
  return steps;
};

const follow = (value: unknown, path: readonly string[]): unknown => path.reduce<unknown>((here, key) => (isFields(here) ? here[key] : undefined), value);

const take = (value: unknown, step: Step): unknown[] => {
  if ('field' in step) return isFields(value) && step.field in value ? [value[step.field]] : [];
  if (!Array.isArray(value)) return [];
  if ('index' in step) return step.index < value.length ? [value[step.index]] : [];
  if ('every' in step) return value as unknown[];
  return (value as unknown[]).filter((item) => String(follow(item, step.where)) === step.equals);
};

/** All values at the path. */
export const select = (value: unknown, path: string): unknown[] =>
  parse(path).reduce<unknown[]>((values, step) => values.flatMap((each) => take(each, step)), [value]);
