// Rules at work: a custom resource, and what it was before, held against the rules of its schema. Models apiextensions' schema/cel.
import { failureOf } from '../../cel/environment.js';
import { duplicate, forbiddenField, invalidValue, required, type Cause } from '../../../status.js';
import { equal, fields, isFields, strings, text, type Fields } from '../../json.js';
import { fieldTrail, type Rule, type RuleSet } from './compile.js';
import { asRoot, valueOf } from './types.js';

/** One value on its way: `old` is what it was, `before` and `after` the nearest pair that can be compared. */
type Place = { value: unknown; old: unknown; schema: Fields; spine: Fields; trail: string; pair: { before: unknown; after: unknown } };

const longestMessage = 5 * 1024;

const nameOf = ({ source }: Rule): string => text(source.message).trim() || text(source.rule).trim();

const saidBy = ({ source, message }: Rule, context: { self: unknown; oldSelf: unknown }): string => {
  const otherwise = text(source.message) === '' ? `failed rule: ${text(source.rule).trim()}` : text(source.message).trim();
  if (!message) return otherwise;
  try {
    const words = text(message(context)).trim();
    return words === '' || words.includes('\n') || words.length > longestMessage ? otherwise : words;
  } catch {
    return otherwise;
  }
};

const causeOf = (rule: Rule, type: string, trail: string, detail: string): Cause => {
  if (rule.source.reason === 'FieldValueForbidden') return forbiddenField(trail, detail);
  if (rule.source.reason === 'FieldValueRequired') return required(trail, detail);
  if (rule.source.reason === 'FieldValueDuplicate') return duplicate(trail, type);
  return invalidValue(trail, type, detail);
};

const askOne = ({ cel }: RuleSet, rule: Rule, place: Place, self: unknown, oldSelf: unknown): Cause | undefined => {
  const optional = rule.source.optionalOldSelf === true;
  if (rule.transition && place.old === undefined && !optional) return undefined;
  const type = text(place.spine.type);
  const context = { self, oldSelf: optional ? (place.old === undefined ? cel.Optional.none() : cel.Optional.of(oldSelf)) : oldSelf };
  try {
    if (rule.ask(context) === true) return undefined;
  } catch (error) {
    return invalidValue(place.trail, type, `${failureOf(error)} evaluating rule: ${nameOf(rule)}`);
  }
  // What was there before and is as it was offends nobody: ratcheting.
  if (!rule.transition && place.pair.before !== undefined && equal(place.pair.before, place.pair.after)) return undefined;
  const below = fieldTrail(text(rule.source.fieldPath), place.spine) ?? '';
  return causeOf(rule, type, place.trail === '' ? below.replace(/^\./, '') : `${place.trail}${below}`, saidBy(rule, context));
};

const ownCauses = (set: RuleSet, place: Place, rules: readonly Rule[]): Cause[] => {
  if (rules.length === 0) return [];
  const seen = place.trail === '' ? asRoot(place.spine) : place.spine;
  const [self, oldSelf] = [valueOf(set.cel, place.value, seen), place.old === undefined ? undefined : valueOf(set.cel, place.old, seen)];
  return rules.flatMap((rule) => askOne(set, rule, place, self, oldSelf) ?? []);
};

const sameItem = (keys: readonly string[], item: Fields) => (other: unknown): boolean => isFields(other) && keys.every((key) => equal(other[key], item[key]));

/** What an item was before: known only where the list has keys. */
const oldItem = (place: Place, item: unknown): unknown => {
  if (place.schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(place.old) || !isFields(item)) return undefined;
  return (place.old as unknown[]).find(sameItem(strings(place.schema['x-kubernetes-list-map-keys']), item));
};

const inner = (place: Place, value: unknown, old: unknown, schema: Fields, trail: string): Place => ({
  value, old, schema, spine: schema, trail, pair: old === undefined ? place.pair : { before: old, after: value },
});

const below = (place: Place): Place[] => {
  const { value, schema, trail } = place;
  if (Array.isArray(value)) return value.map((item: unknown, index) => inner(place, item, oldItem(place, item), fields(schema.items), `${trail}[${index}]`));
  if (!isFields(value)) return [];
  const before = schema['x-kubernetes-map-type'] === 'atomic' ? {} : fields(place.old);
  return Object.entries(value).flatMap(([name, item]) => {
    const property = fields(schema.properties)[name];
    if (isFields(property)) return [inner(place, item, before[name], property, trail === '' ? name : `${trail}.${name}`)];
    return isFields(schema.additionalProperties) ? [inner(place, item, before[name], schema.additionalProperties, `${trail}[${name}]`)] : [];
  });
};

const visit = (set: RuleSet, place: Place): Cause[] => {
  const rules = set.of(place.schema);
  if (rules === undefined || place.value === null || place.value === undefined) return [];
  const every = Array.isArray(place.schema.allOf) ? place.schema.allOf.filter(isFields) : [];
  return [
    ...ownCauses(set, place, rules),
    ...every.flatMap((schema) => visit(set, { ...place, schema })),
    ...below(place).flatMap((next) => visit(set, next)),
  ];
};

/** Complaints of all rules about an object, given what is stored of it. */
export const applyRules = (set: RuleSet, root: Fields, value: Fields, old: Fields | undefined): Cause[] =>
  visit(set, { value, old, schema: root, spine: root, trail: '', pair: { before: old, after: value } });
