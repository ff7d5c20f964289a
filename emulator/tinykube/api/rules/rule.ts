// What a kind may add to the general rules of create and update.
import type { Cause } from '../../status.js';
import type { Fields } from '../json.js';
import type { Registry } from '../registry.js';
import type { Store } from '../store.js';

export type RuleContext = { store: Store; registry: Registry; now: string; serviceCidr: string };

/** `old` is undefined on create. Drafts may be changed, `old` may not. All parts are optional. */
export type Rule = {
  /** Values that are filled in on create and on update alike: must be idempotent. */
  defaults?(draft: Fields, context: RuleContext): void;
  create?(draft: Fields, context: RuleContext): void;
  update?(draft: Fields, old: Fields, context: RuleContext): void;
  validate?(draft: Fields, old: Fields | undefined, context: RuleContext): Cause[];
  /** Allocations, after validation: must reserve nothing, since a dry run ends here. */
  finish?(draft: Fields, old: Fields | undefined, context: RuleContext): Cause[];
};
