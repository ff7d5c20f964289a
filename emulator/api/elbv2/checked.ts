// Runs an operation as its line in the list of checks says: each check in that order, then the deed.
import { checks, type CheckOf } from './checks.js';
import type { ModelledName } from './modelled.js';

/** What a check does is throw; what it finds out, later ones and the deed may ask for. */
export type Checks<Name extends string> = Record<Name, () => unknown>;

export type Course<Op extends ModelledName, O> = { checks: Checks<CheckOf<Op>>; act(): O };

/** An operation: `plan` names a function for each check of the list, and has done nothing yet when it returns. */
export const checked = <Op extends ModelledName, C, I, O>(name: Op, plan: (context: C, input: I) => Course<Op, O>) => (context: C, input: I): O => {
  const course = plan(context, input);
  for (const check of checks[name] as readonly CheckOf<Op>[]) course.checks[check]();
  return course.act();
};

/** Worked out when first asked for. Whoever asks before the check that it belongs to gets the refusal of that check. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};
