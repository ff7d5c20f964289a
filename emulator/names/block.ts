// A marked block of lines in a hosts file, pure: put in, taken out, found. Every other line stays as it is.

export type HostsEntry = { address: string; names: string[] };

/** Marks of one run's block; the pid tells later runs whether its writer still lives. */
export type Mark = { id: string; pid: number };

const opening = ({ id, pid }: Mark): string => `# >>> nlbox ${id} (pid ${pid})`;
const closing = ({ id }: { id: string }): string => `# <<< nlbox ${id}`;

const openPattern = /^# >>> nlbox (\S+) \(pid (\d+)\)\s*$/;

/** Whose blocks stand in a hosts file. */
export const blocksIn = (text: string): Mark[] =>
  text.split('\n').flatMap((line) => {
    const match = openPattern.exec(line);
    return match ? [{ id: match[1] ?? '', pid: Number(match[2]) }] : [];
  });

/** `text` without the blocks that `goes` names. */
export const withoutBlocks = (text: string, goes: (mark: Mark) => boolean): string => {
  const lines = text.split('\n');
  const kept: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const match = openPattern.exec(line);
    const mark = match && { id: match[1] ?? '', pid: Number(match[2]) };
    if (!mark || !goes(mark)) {
      kept.push(line);
      continue;
    }
    // A block that lost its end costs its opening line only: what follows may be somebody else's.
    const end = lines.indexOf(closing(mark), index);
    if (end > index) index = end;
  }
  return kept.join('\n');
};

/** `text` with this block in the place of an older one of the same id, at the end; no entries, no block. */
export const withBlock = (text: string, mark: Mark, entries: readonly HostsEntry[]): string => {
  const rest = withoutBlocks(text, ({ id }) => id === mark.id);
  if (entries.length === 0) return rest;
  const base = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`;
  const lines = entries.map(({ address, names }) => `${address} ${names.join(' ')}`);
  return `${base}${[opening(mark), ...lines, closing(mark)].join('\n')}\n`;
};
