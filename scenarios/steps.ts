// The words of a rehearsal: what a page asks for. Pure types, and the defaults of the workshop's page grammar.

/**
 * `upstream` runs a page as the workshop's own runner does; `checked` adds `pipefail`, compares samples,
 * takes `expectError` at its word and reports the traps of the page grammar.
 */
export type Mode = 'upstream' | 'checked';

/** One runnable block of a page. Times in seconds, as the page has them. */
export type Step = {
  /** Line of the opening fence, counted from 1. */
  line: number;
  commands: readonly string[];
  /** What bash is given: the commands, joined. */
  script: string;
  /** What the page shows as output; empty when it shows none. */
  sample: string;
  timeout: number;
  /** Slept after the block and its hook. */
  wait: number;
  hook: string | undefined;
  hookTimeout: number;
  test: boolean;
  expectError: boolean;
  raw: boolean;
};

/** Something in the page's text that does not do what it seems to. */
export type PageProblem = { line: number; text: string };

export type Page = {
  title: string;
  /** Its place among its neighbours: the front matter's `weight`, else `sidebar_position`. */
  weight: number | undefined;
  steps: readonly Step[];
  problems: readonly PageProblem[];
};

export const stepDefaults = { timeout: 120, wait: 0, hookTimeout: 300 } as const;
