// The text of one block -> commands and sample, by the workshop's rules, traps included. Pure.
import type { PageProblem } from './steps.js';

export type Extract = {
  commands: readonly string[];
  sample: string;
  /** Lines are counted from the first line of the block's text, which is 0. */
  problems: readonly PageProblem[];
};

const isCommand = (line: string): boolean => line.startsWith('$');

// A command goes on after a backslash, and from `<<EOF` until a line that holds `EOF`.
const isOpen = (lines: readonly string[]): 'backslash' | 'heredoc' | undefined => {
  const start = lines.findIndex((line) => line.includes('<<EOF'));
  if (start >= 0 && !lines.slice(start + 1).some((line) => line.includes('EOF'))) return 'heredoc';
  return lines.at(-1)?.endsWith('\\') ? 'backslash' : undefined;
};

const split = (lines: readonly string[]): { commands: string[][]; sample: string[] } => {
  const commands: string[][] = [];
  const sample: string[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    // The mark and the character after it are cut, whatever that character is.
    if (last && isOpen(last)) last.push(line);
    else if (isCommand(line)) commands.push([line.slice(2)]);
    else sample.push(line);
  }
  return { commands, sample };
};

const lost = (lines: readonly string[], blank: number, open: string | undefined): PageProblem[] => {
  const problems: PageProblem[] = [];
  if (open === 'heredoc') {
    problems.push({ line: blank, text: 'an empty line cuts this here-document: the rest of it is never run' });
  } else if (open === 'backslash') {
    problems.push({ line: blank, text: 'an empty line follows a backslash: the command ends here' });
  }
  lines.forEach((line, at) => {
    if (at > blank && isCommand(line)) {
      problems.push({ line: at, text: `never run, because an empty line comes before it: ${line}` });
    }
  });
  return problems;
};

/** Takes a block apart as the workshop's runner does: the first empty line ends the search for commands. */
export const extract = (text: string): Extract => {
  const lines = text.split('\n');
  const blank = lines.indexOf('');
  const { commands, sample } = split(blank < 0 ? lines : lines.slice(0, blank));
  const open = commands.length > 0 ? isOpen(commands.at(-1) ?? []) : undefined;
  const problems = blank < 0 ? [] : lost(lines, blank, open);
  if (blank < 0 && open) {
    problems.push({ line: lines.length - 1, text: `the last command is not finished: its ${open} is still open` });
  }
  // Only commands end at an empty line; a sample may hold some, and we compare all of it.
  const rest = blank < 0 || open ? [] : lines.slice(blank).filter((line) => !isCommand(line));
  return {
    commands: commands.map((command) => command.join('\n')),
    sample: [...sample, ...rest].join('\n').trimEnd(),
    problems,
  };
};
