// How EC2 narrows a list: by ids, which must exist, and by filters with `*` and `?` in their values.
import { AwsFault } from '../../wire/fault.js';
import type { Filter, Tag } from './client.js';

/** Filter name -> the values of a resource that it looks at. */
export type FilterFields<R> = Record<string, (resource: R) => readonly (string | undefined)[]>;

const wildcard = (value: string): RegExp => {
  const pattern = value.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's');
};

const valuesOf = <R extends object>(resource: R, name: string, fields: FilterFields<R>): readonly (string | undefined)[] => {
  const tags = (resource as { Tags?: Tag[] }).Tags ?? [];
  if (name === 'tag-key') return tags.map((tag) => tag.Key);
  if (name.startsWith('tag:')) return tags.filter((tag) => tag.Key === name.slice(4)).map((tag) => tag.Value);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new AwsFault('InvalidParameterValue', `The filter '${name}' is invalid`);
  return field(resource);
};

/** The resources that pass every filter; a filter passes when one of its values matches. */
export const filtered = <R extends object>(all: readonly R[], filters: readonly Filter[] | undefined, fields: FilterFields<R>): R[] => {
  const rules = (filters ?? []).map(({ Name, Values = [] }) => ({ Name, patterns: Values.map(wildcard) }));
  return all.filter((resource) =>
    rules.every(({ Name, patterns }) => {
      const values = valuesOf(resource, Name, fields);
      return patterns.some((pattern) => values.some((value) => value !== undefined && pattern.test(value)));
    }),
  );
};

/** The resources with these ids (all when none is given), in their own order; `absent` says how an unknown id is refused. */
export const byIds = <R>(all: readonly R[], ids: readonly string[] | undefined, idOf: (resource: R) => string, absent: (id: string) => AwsFault): R[] => {
  if (!ids || ids.length === 0) return [...all];
  const known = new Set(all.map(idOf));
  for (const id of ids) if (!known.has(id)) throw absent(id);
  const asked = new Set(ids);
  return all.filter((resource) => asked.has(idOf(resource)));
};

/** A refusal `Invalid<Kind>ID.NotFound` in EC2's words. */
export const notFound = (kind: string, label: string) => (id: string): AwsFault =>
  new AwsFault(`Invalid${kind}.NotFound`, `The ${label} '${id}' does not exist`);
