// The last lines that a container wrote, with their times.
import { iso, type Clock } from '../../clock.js';

export type ContainerJournal = { write(line: string): void; text(): string };

const most = 500;

/** Keeps the newest lines only. */
export const containerJournal = (clock: Clock): ContainerJournal => {
  const lines: string[] = [];
  return {
    write: (line) => {
      lines.push(`${iso(clock.now())} ${line}`);
      if (lines.length > most) lines.splice(0, lines.length - most);
    },
    text: () => (lines.length > 0 ? `${lines.join('\n')}\n` : ''),
  };
};
