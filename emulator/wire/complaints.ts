// AWS's sentences for what is wrong with a request's members, several joined into one fault.
import { AwsFault } from './fault.js';

export type Complaint = string;

/** `Value 'V' at 'path' failed to satisfy constraint: C`; a missing value is written as null without quotes. */
export const complaint = (value: unknown, path: string, constraint: string): Complaint =>
  `Value ${value === undefined ? 'null' : `'${String(value)}'`} at '${path}' failed to satisfy constraint: ${constraint}`;

/** Throws AWS's `N validation errors detected` when there is at least one complaint. */
export const refuse = (complaints: readonly Complaint[]): void => {
  const count = complaints.length;
  if (count === 0) return;
  throw new AwsFault('ValidationError', `${count} validation error${count === 1 ? '' : 's'} detected: ${complaints.join('; ')}`);
};

/** AWS writes member paths with a lower-case first letter. */
export const memberPath = (path: string, name: string): string => {
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return path ? `${path}.${lower}` : lower;
};

export const itemPath = (path: string, index: number): string => `${path}.${index + 1}.member`;
