// Who owns what after an ordinary write (create, update, patch): changed fields pass to the writer, vanished ones to nobody.
import { fields, items, type Fields } from '../json.js';
import { apiVersion, type Kind } from '../kinds.js';
import type { Models } from '../models.js';
import { entryFor, readEntries, writeEntries, type Entry } from './entries.js';
import { leavesOf } from './sets.js';
import { shapeOf } from './shapes.js';

type Writer = { manager: string; subresource: string; now: string };

const startingEntries = (next: Fields, old: Fields | undefined): Entry[] => {
  const given = items(fields(next.metadata).managedFields);
  // A client that sends none keeps what is stored; one empty entry clears everything.
  return given.length > 0 || !old ? readEntries(next) : readEntries(old);
};

/** Updates managedFields of `next`, which replaces `old`. */
export const recordUpdate = (models: Models, kind: Kind, next: Fields, old: Fields | undefined, writer: Writer): void => {
  const shape = shapeOf(models, kind);
  const part = writer.subresource === 'status' ? 'status' : kind.subresources.some((sub) => sub.name === 'status') ? 'main' : 'all';
  const after = leavesOf(next, shape, part, true);
  const before = old ? leavesOf(old, shape, part, true) : new Map<string, string>();
  const entries = startingEntries(next, old);
  const changed = [...after].filter(([path, value]) => before.get(path) !== value).map(([path]) => path);
  const gone = [...before.keys()].filter((path) => !after.has(path));
  for (const entry of entries) for (const path of [...gone, ...changed]) entry.set.delete(path);
  if (changed.length > 0) {
    const own = entryFor(entries, { manager: writer.manager, operation: 'Update', apiVersion: apiVersion(kind), subresource: writer.subresource });
    for (const path of changed) own.set.add(path);
    own.time = writer.now;
  }
  writeEntries(next, entries);
};
