// The paths of an OpenAPI document: what kubectl reads to learn which patches and query parameters a kind takes.
import type { Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import type { Models } from '../models.js';
import { schemaName } from './schemas.js';

const parameter = (name: string, description: string): Fields => ({ name, in: 'query', description, schema: { type: 'string', uniqueItems: true } });

const writing = [
  parameter('dryRun', 'When All, nothing is stored.'),
  parameter('fieldManager', 'Who writes.'),
  parameter('fieldValidation', 'Ignore, Warn or Strict.'),
];

const mediaTypes = (kind: Kind): string[] => [
  'application/json-patch+json',
  'application/merge-patch+json',
  // Never for custom resources: kubectl would send it and get 415.
  ...(kind.custom ? [] : ['application/strategic-merge-patch+json']),
  'application/apply-patch+yaml',
];

const reference = (name: string): Fields => ({ $ref: `#/components/schemas/${name}` });

const operation = (kind: Kind, action: string, schema: string, extra: Fields = {}): Fields => ({
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: reference(schema) } } } },
  ...extra,
});

const body = (types: readonly string[], schema: string): Fields => ({
  requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: reference(schema) }])) },
});

const patchSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';
const deleteSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
const statusSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

const inPath = (name: string): Fields => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } });

const collection = (kind: Kind, schema: string): Fields => ({
  get: operation(kind, 'list', `${schema}List`),
  post: operation(kind, 'post', schema, { parameters: writing, ...body(['*/*'], schema) }),
});

const single = (kind: Kind, schema: string): Fields => ({
  get: operation(kind, 'get', schema),
  put: operation(kind, 'put', schema, { parameters: writing, ...body(['*/*'], schema) }),
  patch: operation(kind, 'patch', schema, {
    parameters: [...writing, parameter('force', 'Take over fields of other managers.')],
    ...body(mediaTypes(kind), patchSchema),
  }),
  delete: operation(kind, 'delete', statusSchema, { parameters: [parameter('dryRun', 'When All, nothing is stored.')], ...body(['*/*'], deleteSchema) }),
});

const entries = (kind: Kind, models: Models): [string, Fields][] => {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const base = `${root}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
  const schema = schemaName(kind, models);
  const common = kind.namespaced ? [inPath('namespace')] : [];
  return [
    [base, { ...collection(kind, schema), parameters: common }],
    [`${base}/{name}`, { ...single(kind, schema), parameters: [inPath('name'), ...common] }],
  ];
};

/** Two paths per kind that can be read and written. */
export const pathsOf = (kinds: readonly Kind[], models: Models): Fields =>
  Object.fromEntries(kinds.filter((kind) => kind.verbs.includes('get')).flatMap((kind) => entries(kind, models)));
