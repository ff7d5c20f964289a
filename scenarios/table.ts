// Compares what `kubectl get` prints: by column name and row name. Pure.
import type { Difference } from './difference.js';
import { normalise, sameText } from './rules.js';

type Row = ReadonlyMap<string, string>;
type Table = { columns: readonly string[]; rows: readonly Row[] };

const cells = (line: string): string[] => line.trim().split(/\s{2,}/);

/** Two or more words in capitals, two or more spaces apart. */
export const isHeader = (line: string): boolean => {
  const words = cells(line);
  return words.length > 1 && words.every((word) => /^[A-Z][A-Z0-9()/ -]*$/.test(word));
};

const read = (text: string): Table => {
  const [first = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = cells(first);
  const rows = lines.map((line) => new Map(cells(line).map((cell, at) => [columns[at] ?? `column ${at + 1}`, cell])));
  return { columns, rows };
};

const nameOf = (row: Row): string => {
  const name = row.get('NAME') ?? [...row.values()][0] ?? '';
  return normalise([row.get('NAMESPACE'), name].filter(Boolean).join('/'));
};

const compareRow = (sample: Row, actual: Row): Difference[] =>
  [...sample].flatMap(([column, cell]) => {
    const given = actual.get(column) ?? '';
    return sameText(cell, given) ? [] : [{ where: `${nameOf(sample)} ${column}`, sample: cell, actual: given }];
  });

const compareRows = (sample: readonly Row[], actual: readonly Row[]): Difference[] => {
  const left = [...actual];
  const differences = sample.flatMap((row) => {
    const at = left.findIndex((other) => nameOf(other) === nameOf(row));
    const [partner] = at < 0 ? [] : left.splice(at, 1);
    return partner ? compareRow(row, partner) : [{ where: 'rows', sample: nameOf(row), actual: 'no such row' }];
  });
  return [...differences, ...left.map((row) => ({ where: 'rows', sample: 'no such row', actual: nameOf(row) }))];
};

/** Every row of the sample must be there, with the same columns, and no other. */
export const compareTable = (sample: string, actual: string): Difference[] => {
  const expected = read(sample);
  const given = read(actual);
  const missing = expected.columns.filter((column) => !given.columns.includes(column));
  if (missing.length > 0) {
    return [{ where: 'columns', sample: missing.join(', '), actual: given.columns.join(', ') || 'no output' }];
  }
  return compareRows(expected.rows, given.rows);
};
