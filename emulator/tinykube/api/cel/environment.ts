// CEL as the API server speaks it: the language of the library with Kubernetes' own functions, loaded with the first expression.
import { createRequire } from 'node:module';
import type { Environment } from '@marcbachmann/cel-js';
import { addAddresses } from './addresses.js';
import { addLists } from './lists.js';
import { addQuantities } from './quantities.js';
import { addTexts } from './texts.js';
import { addUrls } from './urls.js';

export type Cel = typeof import('@marcbachmann/cel-js');

const require = createRequire(import.meta.url);

export const loadCel = (): Cel => require('@marcbachmann/cel-js') as Cel;

/** A new environment without variables. */
export const newEnvironment = (): Environment => {
  const environment = new (loadCel().Environment)({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const add of [addLists, addTexts, addUrls, addAddresses, addQuantities]) add(environment);
  return environment;
};

type Problem = { code: string; summary: string; message: string; range?: { start: number } | undefined };

/** The server's words for what the type checker complains of most. */
const worded = ({ code, summary }: Problem): string => {
  const last = /: (\S+)$/.exec(summary)?.[1] ?? '';
  if (code === 'no_such_key') return `undefined field '${last}'`;
  if (code === 'unknown_variable') return `undeclared reference to '${last}' (in container '')`;
  return summary;
};

/** A complaint with its place, as cel-go prints it. */
export const complaintOf = (expression: string, error: unknown): string => {
  const problem = error as Problem;
  // A field's place is that of the dot before it.
  const at = Math.max(0, (problem.range?.start ?? 0) - (problem.code === 'no_such_key' ? 1 : 0));
  const before = expression.slice(0, at).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = expression.split('\n')[before.length - 1] ?? '';
  return `compilation failed: ERROR: <input>:${before.length}:${column + 1}: ${worded(problem)}\n | ${line}\n | ${'.'.repeat(column)}^`;
};

/** Why an evaluation broke off, in the server's words. */
export const failureOf = (error: unknown): string => {
  const { code, summary, message } = error as Problem;
  const words = summary ?? message;
  if (code === 'no_such_key') return `no such key: ${/: (.+)$/.exec(words)?.[1] ?? ''}`;
  const [, index] = /index (-?\d+)/.exec(words) ?? [];
  return code === 'index_out_of_bounds' ? `index out of bounds: ${index}` : words;
};
