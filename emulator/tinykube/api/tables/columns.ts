// The Table form of answers: what `kubectl get` prints.
import type { KubeObject } from '../../types.js';
import { fields, type Fields } from '../json.js';

export type Column = { name: string; type: string; format: string; description: string; priority: number };

/** Columns and the cells of one object; `now` in milliseconds. */
export type Printer = { columns: Column[]; cells(object: KubeObject, now: number): unknown[]; conditions?(object: KubeObject): Fields[] | undefined };

/** `Name Ready Nominated_Node*`: a star hides a column unless `-o wide`. */
export const columns = (line: string): Column[] =>
  line.split(' ').map((word) => {
    const name = word.replace('*', '').replaceAll('_', ' ');
    return { name, type: 'string', format: name === 'Name' ? 'name' : '', description: '', priority: word.endsWith('*') ? 1 : 0 };
  });

const units: readonly [limit: number, format: (s: number) => string][] = [
  [120, (s) => `${s}s`],
  [600, (s) => pair(s, 60, 'm', 1, 's')],
  [3 * 3600, (s) => `${Math.floor(s / 60)}m`],
  [8 * 3600, (s) => pair(s, 3600, 'h', 60, 'm')],
  [48 * 3600, (s) => `${Math.floor(s / 3600)}h`],
  [8 * 86400, (s) => pair(s, 86400, 'd', 3600, 'h')],
  [2 * 365 * 86400, (s) => `${Math.floor(s / 86400)}d`],
  [8 * 365 * 86400, (s) => pair(s, 365 * 86400, 'y', 86400, 'd')],
];

const pair = (s: number, big: number, bigName: string, small: number, smallName: string): string => {
  const rest = Math.floor((s % big) / small);
  return `${Math.floor(s / big)}${bigName}${rest > 0 ? `${rest}${smallName}` : ''}`;
};

/** Seconds as kubectl's ages are written: 119s, 3m20s, 4h12m, 3d4h. */
export const duration = (seconds: number): string => {
  if (seconds < -1) return '<invalid>';
  const s = Math.max(0, Math.floor(seconds));
  const unit = units.find(([limit]) => s < limit);
  return unit ? unit[1](s) : `${Math.floor(s / (365 * 86400))}y`;
};

/** Age of a timestamp. */
export const since = (time: unknown, now: number): string =>
  typeof time === 'string' && time !== '' ? duration((now - Date.parse(time)) / 1000) : '<unknown>';

export const age = (object: KubeObject, now: number): string => since(object.metadata.creationTimestamp, now);

/** The first three, then how many more. */
export const few = (values: readonly string[]): string =>
  values.length > 3 ? `${values.slice(0, 3).join(',')} + ${values.length - 3} more...` : values.join(',');

export const orNone = (value: unknown): string => (value === undefined || value === null || value === '' ? '<none>' : String(value));

/** `a=b,c=d`, sorted. */
export const labelText = (labels: unknown): string =>
  orNone(Object.entries(fields(labels)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${String(value)}`).join(','));

export type Include = 'None' | 'Metadata' | 'Object';

const rowObject = (object: KubeObject, include: Include): unknown => {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
};

/** One Table of these objects. `heading` false leaves the column definitions out, as later watch events do. */
export const table = (printer: Printer, objects: readonly KubeObject[], options: { metadata: Fields; include: Include; now: number; version: string; heading: boolean }): Fields => ({
  kind: 'Table',
  apiVersion: `meta.k8s.io/${options.version}`,
  metadata: options.metadata,
  columnDefinitions: options.heading ? printer.columns : null,
  rows: objects.map((object) => {
    const conditions = printer.conditions?.(object);
    return { cells: printer.cells(object, options.now), ...(conditions ? { conditions } : {}), object: rowObject(object, options.include) };
  }),
});
