// The schemas of an OpenAPI document: built-in types from their models, custom ones from their CRD.
import { schemaOf } from '../crd/objects.js';
import { fields, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import type { Field, Model, Models, Type } from '../models.js';
import { enums, mergeKeys, retained } from './facts.js';

const metaModels = new Set('ObjectMeta ListMeta DeleteOptions Preconditions Status StatusDetails StatusCause LabelSelector LabelSelectorRequirement OwnerReference ManagedFieldsEntry Condition'.split(' '));
const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

const bare = (model: string): string => model.replace(/^(Core|Events|Discovery|Rbac|Authentication|Apiextensions|Admissionregistration|Storage)?V\d+(alpha\d+|beta\d+)?/, '');

const packageOf = (kind: Pick<Kind, 'group' | 'version'>): string => {
  const group = (kind.group === '' ? 'core' : kind.group).replace(/\.k8s\.io$/, '').split('.')[0] ?? '';
  return `io.k8s.api.${group}.${kind.version}.`;
};

const customName = (kind: Kind): string => `${kind.group.split('.').reverse().join('.')}.${kind.version}.${kind.kind}`;

/** The schema's name; explain prints what follows the last dot. */
export const schemaName = (kind: Kind, models: Models): string =>
  kind.custom ? customName(kind) : `${packageOf(kind)}${models(kind.model ?? '') ? bare(kind.model ?? '') : kind.kind}`;

const modelName = (model: string, prefix: string): string => (metaModels.has(bare(model)) ? `${metaPrefix}${bare(model)}` : `${prefix}${bare(model)}`);

const reference = (name: string): Fields => ({ $ref: `#/components/schemas/${name}` });

// Not described by a model of its own, but named by explain.
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const timeName = `${metaPrefix}Time`;

type Walk = { models: Models; prefix: string; schemas: Fields; waiting: string[] };

const typeSchema = (type: Type, walk: Walk): Fields => {
  if (type.of === 'list') return { type: 'array', items: typeSchema(type.item, walk) };
  if (type.of === 'map') return { type: 'object', additionalProperties: typeSchema(type.item, walk) };
  if (type.of === 'model') {
    walk.waiting.push(type.name);
    return reference(modelName(type.name, walk.prefix));
  }
  if (type.of === 'intOrString') return reference(intOrString);
  if (type.of === 'any') return { type: 'object' };
  if (type.format === 'date-time') return reference(timeName);
  if (type.of === 'number') return { type: type.format === 'double' ? 'number' : 'integer', ...(type.format === '' ? {} : { format: type.format }) };
  return { type: type.of, ...(type.format === '' ? {} : { format: type.format }) };
};

const described = (schema: Fields, field: Field): Fields => {
  const description = field.description === '' ? {} : { description: field.description };
  // A reference may have no neighbours in OpenAPI 3.0, so it is wrapped.
  return '$ref' in schema ? { ...description, allOf: [schema] } : { ...description, ...schema };
};

/** How kubectl's three-way patch is to go about a field. */
const patchFacts = (model: string, name: string, isList: boolean): Fields => {
  const key = isList ? (mergeKeys[`${model}.${name}`] ?? mergeKeys[name]) : undefined;
  const strategies = [...(key === undefined ? [] : ['merge']), ...(retained.has(`${model}.${name}`) ? ['retainKeys'] : [])];
  return {
    ...(key === undefined || key === '' ? {} : { 'x-kubernetes-patch-merge-key': key }),
    ...(strategies.length > 0 ? { 'x-kubernetes-patch-strategy': strategies.join(',') } : {}),
  };
};

const property = (model: Model, name: string, field: Field, walk: Walk): Fields => {
  const values = enums[`${bare(model.name)}.${name}`];
  return { ...described(typeSchema(field.type, walk), field), ...(values ? { enum: values } : {}), ...patchFacts(bare(model.name), name, field.type.of === 'list') };
};

const modelSchema = (model: Model, walk: Walk): Fields => {
  const properties = [...model.fields].map(([name, field]) => [name, property(model, name, field, walk)]);
  const required = [...model.fields].filter(([, field]) => field.required).map(([name]) => name);
  return {
    description: model.description,
    type: 'object',
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
};

const drain = (walk: Walk): void => {
  for (let name = walk.waiting.pop(); name !== undefined; name = walk.waiting.pop()) {
    const full = modelName(name, walk.prefix);
    const model = walk.models(name);
    if (walk.schemas[full] !== undefined) continue;
    walk.schemas[full] = { type: 'object' };
    if (model) walk.schemas[full] = modelSchema(model, walk);
  }
};

const fixed = (): Fields => ({
  [intOrString]: { description: 'A number or a string.', format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  [timeName]: { description: 'A point in time, RFC 3339.', type: 'string', format: 'date-time' },
  [`${metaPrefix}Patch`]: { description: 'A patch to an object.', type: 'object' },
});

const gvk = (kind: Kind, name = kind.kind): Fields => ({ 'x-kubernetes-group-version-kind': [{ group: kind.group, version: kind.version, kind: name }] });

const listSchema = (kind: Kind, name: string): Fields => ({
  description: `${kind.kind}List is a list of ${kind.kind}.`,
  type: 'object',
  required: ['items'],
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, items: { type: 'array', items: reference(name) }, metadata: reference(`${metaPrefix}ListMeta`) },
  ...gvk(kind, kind.listKind),
});

const customSchema = (kind: Kind): Fields => {
  const schema = schemaOf(kind);
  const named = (description: string): Fields => ({ description, type: 'string' });
  const own = {
    apiVersion: named('APIVersion defines the versioned schema of this representation of an object.'),
    kind: named('Kind is a string value representing the REST resource this object represents.'),
    metadata: { description: "Standard object's metadata.", allOf: [reference(`${metaPrefix}ObjectMeta`)] },
  };
  return { ...schema, properties: { ...fields(schema.properties), ...own }, ...gvk(kind) };
};

/** Schemas of these kinds and of everything they refer to. */
export const schemasOf = (kinds: readonly Kind[], models: Models): Fields => {
  const first = kinds[0];
  const walk: Walk = { models, prefix: first ? (first.custom ? 'io.k8s.api.core.v1.' : packageOf(first)) : '', schemas: fixed(), waiting: [] };
  walk.waiting.push('V1ObjectMeta', 'V1ListMeta', 'V1DeleteOptions', 'V1Status', ...kinds.flatMap((kind) => (kind.model ? [kind.model] : [])));
  drain(walk);
  for (const kind of kinds) {
    const name = schemaName(kind, models);
    walk.schemas[name] = kind.custom ? customSchema(kind) : { ...fields(walk.schemas[name]), ...gvk(kind) };
    walk.schemas[`${name}List`] = listSchema(kind, name);
  }
  return walk.schemas;
};

