// Field sets: which paths an object has, as flat text paths, and as the fieldsV1 trees of managedFields.
import { equal, fields, isFields, type Fields } from '../json.js';
import { sorted } from '../patch.js';
import type { Shape } from './shapes.js';

/** Path -> value as text; a path that only says "this item exists" has the empty text. */
export type Leaves = Map<string, string>;
export type FieldSet = ReadonlySet<string>;

const separator = '\u0000';

export const elements = (path: string): string[] => path.split(separator);
const join = (path: string, element: string): string => (path === '' ? element : `${path}${separator}${element}`);

// A port without a protocol is a TCP port: owning runs before defaulting.
const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

/** The key of a list item as a path element. */
export const itemKey = (item: unknown, keys: readonly string[]): string => {
  const values = keys.map((key) => [key, fields(item)[key] ?? keyDefaults[key]] as const).filter(([, value]) => value !== undefined);
  return `k:${JSON.stringify(Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))))}`;
};

const asText = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'null';

const flatten = (value: unknown, shape: Shape, path: string, leaves: Leaves, marks: boolean): void => {
  if (shape.of === 'fields' && isFields(value) && Object.keys(value).length > 0) {
    if (marks && shape.open && path !== '') leaves.set(path, '');
    for (const [name, item] of Object.entries(value)) if (item !== undefined) flatten(item, shape.child(name), join(path, `f:${name}`), leaves, marks);
  } else if (shape.of === 'list' && Array.isArray(value) && value.length > 0) {
    for (const item of value) {
      const inner = join(path, itemKey(item, shape.keys));
      leaves.set(inner, '');
      flatten(item, shape.item(), inner, leaves, marks);
      // The item's own existence must not be taken for its value.
      leaves.set(inner, '');
    }
  } else if (shape.of === 'set' && Array.isArray(value) && value.length > 0) {
    for (const item of value) leaves.set(join(path, `v:${JSON.stringify(item)}`), '');
  } else {
    leaves.set(path, asText(value));
  }
};

const serverFields = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName', 'selfLink', 'managedFields'];

const ownable = (object: Fields, part: 'all' | 'main' | 'status'): Fields => {
  if (part === 'status') return object.status === undefined ? {} : { status: object.status };
  const metadata = Object.fromEntries(Object.entries(fields(object.metadata)).filter(([key]) => !serverFields.includes(key)));
  const skipped = ['apiVersion', 'kind', 'metadata', ...(part === 'main' ? ['status'] : [])];
  const rest = Object.entries(object).filter(([key]) => !skipped.includes(key));
  return { ...Object.fromEntries(rest), ...(Object.keys(metadata).length > 0 ? { metadata } : {}) };
};

/** All paths of an object that somebody can own. `marks` adds maps themselves, as updates (unlike applies) own them. */
export const leavesOf = (object: Fields, shape: Shape, part: 'all' | 'main' | 'status', marks = false): Leaves => {
  const leaves: Leaves = new Map();
  const own = ownable(object, part);
  if (Object.keys(own).length > 0) flatten(own, shape, '', leaves, marks);
  return leaves;
};

/** Sets as `fieldsV1`. */
export const toTree = (set: FieldSet): Fields => {
  const root: Fields = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of elements(path)) node = (node[element] ??= {}) as Fields;
    node['.'] = {};
  }
  const tidy = (node: Fields): Fields => {
    const names = Object.keys(node).filter((name) => name !== '.');
    if (names.length === 0) return {};
    return { ...(node['.'] === undefined ? {} : { '.': {} }), ...Object.fromEntries(names.sort().map((name) => [name, tidy(fields(node[name]))])) };
  };
  return tidy(root);
};

export const fromTree = (tree: unknown): Set<string> => {
  const set = new Set<string>();
  const walk = (node: Fields, path: string): void => {
    const names = Object.keys(node);
    if (path !== '' && (names.length === 0 || node['.'] !== undefined)) set.add(path);
    for (const name of names) if (name !== '.') walk(fields(node[name]), join(path, name));
  };
  walk(fields(tree), '');
  return set;
};

/** A path as messages show it: `.spec.ports[port=80,protocol="TCP"].name`. */
export const pathText = (path: string): string =>
  elements(path)
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      return `[${Object.entries(fields(JSON.parse(rest))).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');

const isEmpty = (value: unknown): boolean => (Array.isArray(value) ? value.length === 0 : isFields(value) && Object.keys(value).length === 0);

const indexOf = (list: readonly unknown[], step: string, form: Shape): number =>
  list.findIndex((item) => (form.of === 'list' ? itemKey(item, form.keys) === step : equal(`v:${JSON.stringify(item)}`, step)));

const removeSteps = (here: unknown, [step = '', ...rest]: readonly string[], form: Shape): void => {
  if (Array.isArray(here)) {
    const found = indexOf(here, step, form);
    if (found < 0) return;
    if (rest.length === 0) here.splice(found, 1);
    else removeSteps(here[found], rest, form.of === 'list' ? form.item() : form);
    return;
  }
  if (form.of !== 'fields' || !isFields(here) || !step.startsWith('f:')) return;
  const name = step.slice(2);
  const inner = here[name];
  if (rest.length > 0) removeSteps(inner, rest, form.child(name));
  // What has lost its last member goes with it: then it gets its defaults again.
  if (rest.length === 0 || (isEmpty(inner) && inner !== undefined)) delete here[name];
};

/** Takes one path out of an object. */
export const removePath = (object: Fields, path: string, shape: Shape): void => removeSteps(object, elements(path), shape);
