// Server-side apply: conflicts, the merge itself, and the removal of what an applier no longer sends.
import { isDeepStrictEqual } from 'node:util';
import { StatusError } from '../../status.js';
import { equal, fields, isFields, type Fields } from '../json.js';
import { apiVersion, type Kind } from '../kinds.js';
import type { Models } from '../models.js';
import { entryFor, readEntries, writeEntries, type Entry } from './entries.js';
import { itemKey, leavesOf, pathText, removePath } from './sets.js';
import { shapeOf, type Shape } from './shapes.js';

export type Applier = { manager: string; subresource: string; force: boolean; now: string };

const holder = (entry: Entry): string => {
  const sub = entry.subresource === '' ? '' : ` with subresource "${entry.subresource}"`;
  return entry.operation === 'Apply' ? `"${entry.manager}"${sub}` : `"${entry.manager}"${sub} using ${entry.apiVersion}`;
};

type Conflict = { who: string; path: string };

const refuse = (conflicts: Conflict[]): StatusError => {
  const causes = conflicts.map(({ who, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field: path }));
  const byHolder = new Map<string, string[]>();
  for (const { who, path } of conflicts) byHolder.set(who, [...(byHolder.get(who) ?? []), path]);
  const parts = [...byHolder].map(([who, paths]) => (paths.length === 1 ? `conflict with ${who}: ${paths[0]}` : `conflicts with ${who}:\n${paths.map((path) => `- ${path}`).join('\n')}`));
  return new StatusError(409, 'Conflict', `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}: ${parts.join('\n')}`, { causes });
};

const mergeLists = (live: unknown[], applied: unknown[], keys: readonly string[], item: Shape): unknown[] => {
  const keyOf = (each: unknown): string => itemKey(each, keys);
  const liveByKey = new Map(live.map((each) => [keyOf(each), each]));
  const appliedKeys = new Set(applied.map(keyOf));
  const result: unknown[] = [];
  const left = live.slice();
  for (const wanted of applied) {
    // Items that only live has keep their place before the next one of ours.
    while (left.length > 0 && !appliedKeys.has(keyOf(left[0]))) result.push(left.shift());
    if (left.length > 0 && keyOf(left[0]) === keyOf(wanted)) left.shift();
    result.push(merge(liveByKey.get(keyOf(wanted)), wanted, item));
  }
  return [...result, ...left.filter((each) => !appliedKeys.has(keyOf(each)))];
};

const merge = (live: unknown, applied: unknown, shape: Shape): unknown => {
  if (shape.of === 'fields' && isFields(live) && isFields(applied)) {
    const result: Fields = { ...live };
    for (const [name, value] of Object.entries(applied)) result[name] = merge(live[name], value, shape.child(name));
    return result;
  }
  if (shape.of === 'list' && Array.isArray(live) && Array.isArray(applied)) return mergeLists(live, applied, shape.keys, shape.item());
  if (shape.of === 'set' && Array.isArray(live) && Array.isArray(applied)) {
    const present = live as unknown[];
    return [...present, ...applied.filter((each) => !present.some((one) => equal(one, each)))];
  }
  return applied;
};

const isUnder = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}\u0000`);

/** `mine` are fields that the applier takes without a fight. */
const checkConflicts = (others: readonly Entry[], changed: readonly string[], force: boolean, mine: () => ReadonlySet<string>): void => {
  const conflicts = others.flatMap((entry) => changed.filter((path) => entry.set.has(path)).map((path) => ({ who: holder(entry), path })));
  const fought = conflicts.length === 0 || force ? [] : conflicts.filter(({ path }) => !mine().has(path));
  if (fought.length > 0) throw refuse(fought.map(({ who, path }) => ({ who, path: pathText(path) })));
  for (const entry of others) for (const path of changed) entry.set.delete(path);
};

const dropAbandoned = (target: Fields, before: ReadonlySet<string>, now: ReadonlySet<string>, others: readonly Entry[], shape: Shape): void => {
  const kept = [...now, ...others.flatMap((entry) => [...entry.set])];
  const abandoned = [...before].filter((path) => !kept.some((one) => isUnder(one, path)));
  // Outer paths first: with an item go its fields.
  for (const path of abandoned.sort()) removePath(target, path, shape);
};

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What kubectl has applied from the client's side and nobody has changed since: its first apply from the server's side takes it over.
 * Models managedfields' lastAppliedManager.
 */
const takenOver = (live: Fields, present: ReadonlyMap<string, string>, shape: Shape, kind: Kind): ReadonlySet<string> => {
  const text = fields(fields(live.metadata).annotations)[annotation];
  try {
    const before = fields(JSON.parse(String(text)));
    if (before.apiVersion !== apiVersion(kind)) return new Set();
    return new Set([...leavesOf(before, shape, 'all')].filter(([path, value]) => present.get(path) === value).map(([path]) => path));
  } catch {
    return new Set();
  }
};

/** The object after the apply, managedFields included; `live` is undefined when it does not exist yet. */
export const applyConfiguration = (models: Models, kind: Kind, live: Fields | undefined, applied: Fields, applier: Applier): Fields => {
  const shape = shapeOf(models, kind);
  const entries = live ? readEntries(live) : [];
  const own = entryFor(entries, { manager: applier.manager, operation: 'Apply', apiVersion: apiVersion(kind), subresource: applier.subresource });
  const others = entries.filter((entry) => entry !== own);
  const wanted = leavesOf(applied, shape, applier.subresource === 'status' ? 'status' : 'all');
  const present = live ? leavesOf(live, shape, 'all') : new Map<string, string>();
  const changed = [...wanted].filter(([path, value]) => value !== '' && present.get(path) !== value).map(([path]) => path);
  checkConflicts(others, changed, applier.force, () => (live && applier.manager === 'kubectl' ? takenOver(live, present, shape, kind) : new Set()));
  const result = structuredClone(merge(live ?? {}, applied, shape)) as Fields;
  const set = new Set(wanted.keys());
  dropAbandoned(result, own.set, set, others, shape);
  if (!isDeepStrictEqual(own.set, set) || own.time === '') Object.assign(own, { set, time: applier.now });
  result.metadata = { ...fields(result.metadata) };
  writeEntries(result, entries);
  return result;
};
