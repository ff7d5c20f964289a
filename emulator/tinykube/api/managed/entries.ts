// The entries of metadata.managedFields, read and written.
import { fields, items, text, type Fields } from '../json.js';
import { fromTree, toTree } from './sets.js';

export type Entry = { manager: string; operation: string; apiVersion: string; subresource: string; time: string; set: Set<string> };

export const readEntries = (object: Fields): Entry[] =>
  items(fields(object.metadata).managedFields)
    .filter((entry) => text(entry.operation) !== '')
    .map((entry) => ({
      manager: text(entry.manager),
      operation: text(entry.operation),
      apiVersion: text(entry.apiVersion),
      subresource: text(entry.subresource),
      time: text(entry.time),
      set: fromTree(entry.fieldsV1),
    }));

const shown = (entry: Entry): Fields => ({
  apiVersion: entry.apiVersion,
  fieldsType: 'FieldsV1',
  fieldsV1: toTree(entry.set),
  manager: entry.manager,
  operation: entry.operation,
  ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
  time: entry.time,
});

/** Puts the entries into the object: Apply before Update, older before newer. Empty ones vanish. */
export const writeEntries = (object: Fields, entries: readonly Entry[]): void => {
  const metadata = fields(object.metadata);
  const kept = entries.filter((entry) => entry.set.size > 0);
  const order = [...kept].sort((a, b) => a.operation.localeCompare(b.operation) || a.time.localeCompare(b.time) || a.manager.localeCompare(b.manager));
  if (order.length > 0) metadata.managedFields = order.map(shown);
  else delete metadata.managedFields;
};

/** The entry of one writer, added when it is missing. */
export const entryFor = (entries: Entry[], wanted: Omit<Entry, 'set' | 'time'>): Entry => {
  const known = entries.find(
    (entry) => entry.manager === wanted.manager && entry.operation === wanted.operation && entry.subresource === wanted.subresource && entry.apiVersion === wanted.apiVersion,
  );
  if (known) return known;
  const made: Entry = { ...wanted, time: '', set: new Set() };
  entries.push(made);
  return made;
};
