// What the commands' descriptions have in common: examples in their help, and arguments that are numbers.
import { InvalidArgumentError, type Command } from 'commander';

/** Adds commands to a program. */
export type Add = (program: Command) => void;

/** Lines to type, for the end of a help text. */
export const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;

/** A whole number that is not negative. */
export const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError(`'${text}' is not a whole number.`);
  return value;
};

/** NAME=NUMBER, collected. */
export const quota = (text: string, all: Record<string, number>): Record<string, number> => {
  const [name, value] = text.split('=');
  if (!name || !value) throw new InvalidArgumentError(`'${text}' is not NAME=NUMBER, as in --quota network-load-balancers=1000.`);
  return { ...all, [name]: number(value) };
};

/** NAME=VALUE of a flag of the controller's, with or without its dashes. */
export const controllerFlag = (text: string, all: Record<string, string>): Record<string, string> => {
  const [, name, value] = /^(?:--)?([a-z-]+)=(.*)$/s.exec(text) ?? [];
  if (!name || value === undefined) throw new InvalidArgumentError(`'${text}' is not NAME=VALUE, as in --controller-flag default-target-type=ip.`);
  return { ...all, [name]: value };
};
