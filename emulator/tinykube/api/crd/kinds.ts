// From a stored CustomResourceDefinition to the kinds it serves.
import { fields, items, strings, text, type Fields } from '../json.js';
import { compileRules, hasRules, type RuleSet } from './rules/compile.js';
import { resourceKey, type Kind, type Subresource } from '../kinds.js';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const changing = ['get', 'patch', 'update'];

const subresources = (group: string, version: Fields, kind: string): Subresource[] => {
  const declared = fields(version.subresources);
  const own = { group, version: text(version.name), kind };
  return [
    ...(declared.status === undefined ? [] : [{ name: 'status', kind: own, verbs: changing }]),
    ...(declared.scale === undefined ? [] : [{ name: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: changing }]),
  ];
};

const rulesOf = (version: Fields): (() => RuleSet | undefined) => {
  const schema = fields(fields(version.schema).openAPIV3Schema);
  let read: { rules: RuleSet | undefined } | undefined;
  return () => (read ??= { rules: hasRules(schema) ? compileRules(schema, '') : undefined }).rules;
};

const kindOf = (spec: Fields, version: Fields): Kind => {
  const names = fields(spec.names);
  const group = text(spec.group);
  return {
    key: resourceKey(group, text(names.plural)),
    group,
    version: text(version.name),
    kind: text(names.kind),
    plural: text(names.plural),
    singular: text(names.singular),
    listKind: text(names.listKind),
    short: strings(names.shortNames),
    namespaced: spec.scope === 'Namespaced',
    categories: strings(names.categories),
    verbs,
    subresources: subresources(group, version, text(names.kind)),
    generation: true,
    model: undefined,
    custom: version,
    rules: rulesOf(version),
  };
};

/** One kind per served version, the storage version first. */
export const customKinds = (crd: Fields): Kind[] => {
  const spec = fields(crd.spec);
  const served = items(spec.versions).filter((version) => version.served === true);
  return [...served].sort((a, b) => Number(b.storage === true) - Number(a.storage === true)).map((version) => kindOf(spec, version));
};
