// Custom resources on their way in: metadata like everybody's, the rest by the schema of their CRD.
import type { Cause } from '../../status.js';
import { conform, type Findings } from '../conform.js';
import { fields, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import type { Models } from '../models.js';
import { applyRules } from './rules/apply.js';
import { check, fillDefaults, prune } from './schema.js';

/** The schema of the version which `kind` serves. */
export const schemaOf = (kind: Kind): Fields => fields(fields(fields(kind.custom).schema).openAPIV3Schema);

const withOwnFields = (schema: Fields): Fields => ({
  ...schema,
  properties: { ...fields(schema.properties), apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { 'x-kubernetes-preserve-unknown-fields': true } },
});

/** Pruned and defaulted copy. */
export const prepareCustom = (models: Models, kind: Kind, object: Fields): { value: Fields; findings: Findings } => {
  const schema = withOwnFields(schemaOf(kind));
  const unknown: string[] = [];
  const value = prune(structuredClone(object), schema, '', unknown) as Fields;
  const metadata = conform(models, 'V1ObjectMeta', fields(object.metadata));
  value.metadata = metadata.value;
  fillDefaults(value, schema);
  unknown.push(...metadata.findings.unknown.map((trail) => `metadata.${trail}`));
  return { value, findings: { unknown, wrong: metadata.findings.wrong } };
};

// After these nothing can be said about rules: they would meet values that they were not written for.
const blocking = new Set(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);

const unchecked: Cause = { reason: 'FieldValueInvalid', message: 'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation', field: '' };

const checkRules = (kind: Kind, draft: Fields, old: Fields | undefined, found: readonly Cause[]): Cause[] => {
  const rules = kind.rules?.();
  if (!rules) return [];
  return found.some(({ reason }) => blocking.has(reason)) ? [unchecked] : applyRules(rules, schemaOf(kind), draft, old);
};

/** All complaints about an object, by the schema and by the rules in it. */
export const checkCustom = (kind: Kind, draft: Fields, old: Fields | undefined): Cause[] => {
  const causes = check(draft, withOwnFields(schemaOf(kind)), '');
  return [...causes, ...checkRules(kind, draft, old, causes)].map((cause) => (cause.field === '' ? { ...cause, field: '<nil>' } : cause));
};
