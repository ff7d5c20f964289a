// Custom resources on their way in: metadata like everybody's, the rest by the schema of their CRD.
import type { Cause } from '../../status.js';
import { conform, type Findings } from '../conform.js';
import { fields, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import type { Models } from '../models.js';
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

export const checkCustom = (kind: Kind, draft: Fields): Cause[] => {
  const causes = check(draft, withOwnFields(schemaOf(kind)), '');
  return causes.map((cause) => (cause.field === '' ? { ...cause, field: '<nil>' } : cause));
};
