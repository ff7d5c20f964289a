// CustomResourceDefinitions: names filled in, checked, and accepted at once (nothing else has to agree here).
import { invalidValue, required, unsupported, type Cause } from '../../status.js';
import { child, defaults, equal, fields, items, text, type Fields } from '../json.js';
import type { Rule } from '../rules/rule.js';
import { compileRules, hasRules } from './rules/compile.js';

const established = (now: string): Fields[] => [
  { type: 'NamesAccepted', status: 'True', lastTransitionTime: now, reason: 'NoConflicts', message: 'no conflicts found' },
  { type: 'Established', status: 'True', lastTransitionTime: now, reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
];

const check = (draft: Fields): Cause[] => {
  const spec = fields(draft.spec);
  const names = fields(spec.names);
  const wanted = `${text(names.plural)}.${text(spec.group)}`;
  const causes: Cause[] = [];
  if (fields(draft.metadata).name !== wanted) causes.push(invalidValue('metadata.name', fields(draft.metadata).name, `must be spec.names.plural+"."+spec.group`));
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') causes.push(required('spec.scope'));
  const storage = items(spec.versions).filter((version) => version.storage === true);
  if (storage.length !== 1) causes.push(invalidValue('spec.versions', null, 'must have exactly one version marked as storage version'));
  items(spec.versions).forEach((version, index) => {
    if (fields(version.schema).openAPIV3Schema === undefined) causes.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
  });
  if (fields(spec.conversion).strategy !== 'None') causes.push(unsupported('spec.conversion.strategy', text(fields(spec.conversion).strategy), ['None']));
  return causes;
};

/** A schema that all versions share has one place in the server's messages. */
const checkRules = (draft: Fields): Cause[] => {
  const schemas = items(fields(draft.spec).versions).map((version) => fields(fields(version.schema).openAPIV3Schema));
  const shared = schemas.every((schema) => equal(schema, schemas[0]));
  return (shared ? schemas.slice(0, 1) : schemas).flatMap((schema, index) =>
    hasRules(schema) ? compileRules(schema, shared ? 'spec.validation.openAPIV3Schema' : `spec.versions[${index}].schema.openAPIV3Schema`).causes : [],
  );
};

export const crdRule: Rule = {
  defaults: (draft, { now }) => {
    const spec = child(draft, 'spec');
    const names = child(spec, 'names');
    defaults(names, { singular: text(names.kind).toLowerCase(), listKind: `${text(names.kind)}List` });
    defaults(spec, { conversion: { strategy: 'None' } });
    const storage = items(spec.versions).find((version) => version.storage === true);
    const status = child(draft, 'status');
    defaults(status, { conditions: established(now) });
    status.acceptedNames = names;
    status.storedVersions ??= storage ? [text(storage.name)] : [];
  },
  validate: (draft, old) => [...check(draft), ...(old && equal(old.spec, draft.spec) ? [] : checkRules(draft))],
};
