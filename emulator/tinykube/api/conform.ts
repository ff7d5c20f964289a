// Bringing an object into the form its type allows: unknown fields out, empty optional ones out, wrong types found.
import { isFields, type Fields } from './json.js';
import type { Field, Model, Models, Type } from './models.js';

export type WrongType = { found: string; struct: string; path: string; type: string; illegal?: string };
export type Findings = { unknown: string[]; wrong: WrongType | undefined };

// Quantities are strings in our types but may be written as numbers.
const quantities = new Set(
  'limits requests capacity allocatable allocatedResources hard used sizeLimit divisor default defaultRequest max min overhead averageValue'.split(' '),
);

const found = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
};

const structName = (model: string): string => model.replace(/^(Core|Events|Discovery|Rbac|Authentication|Apiextensions|Admissionregistration|Storage)?V\d+(alpha\d+|beta\d+)?/, '');

/** The Go type that the server names in its message. */
const goType = (type: Type): string => {
  if (type.of === 'list') return `[]${goType(type.item)}`;
  if (type.of === 'map') return `map[string]${goType(type.item)}`;
  if (type.of === 'model') return `v1.${structName(type.name)}`;
  if (type.of === 'boolean') return 'bool';
  if (type.of === 'number') return type.format === '' ? 'int32' : type.format === 'double' ? 'float64' : type.format;
  return type.of === 'intOrString' ? 'intstr.IntOrString' : 'string';
};

const fits = (value: unknown, type: Type): boolean => {
  if (type.of === 'any') return true;
  if (type.of === 'list') return Array.isArray(value);
  if (type.of === 'map' || type.of === 'model') return isFields(value);
  if (type.of === 'intOrString') return typeof value === 'string' || Number.isInteger(value);
  if (type.of === 'number') return typeof value === 'number' && (type.format === 'double' || Number.isInteger(value));
  return typeof value === type.of;
};

const isEmpty = (value: unknown, type: Type): boolean =>
  (type.of === 'list' && (value as unknown[]).length === 0) || (type.of === 'map' && Object.keys(value as Fields).length === 0);

type Walk = { models: Models; findings: Findings; trail: string; names: string; struct: string };

const below = (walk: Walk, name: string, struct: string): Walk => ({
  ...walk,
  trail: walk.trail === '' ? name : `${walk.trail}.${name}`,
  names: walk.names === '' ? name : `${walk.names}.${name}`,
  struct,
});

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes travel as base64; what is none never gets in. */
const checkBytes = (value: string, walk: Walk): void => {
  const clean = value.replace(/[\r\n]/g, '');
  if (base64.test(clean)) return;
  const place = Math.max(0, clean.search(/[^A-Za-z0-9+/=]/));
  walk.findings.wrong ??= { found: 'string', struct: walk.struct, path: walk.names, type: '[]byte', illegal: `illegal base64 data at input byte ${place}` };
};

const walkValue = (value: unknown, type: Type, walk: Walk): unknown => {
  if (!fits(value, type)) {
    walk.findings.wrong ??= { found: found(value), struct: walk.struct, path: walk.names, type: goType(type) };
    return value;
  }
  if (type.of === 'string' && type.format === 'byte') checkBytes(value as string, walk);
  if (type.of === 'list') {
    return (value as unknown[]).map((item, index) => walkValue(item, type.item, { ...walk, trail: `${walk.trail}[${index}]` }));
  }
  if (type.of === 'map') {
    const pairs = Object.entries(value as Fields).filter(([, item]) => item !== null);
    return Object.fromEntries(pairs.map(([key, item]) => [key, walkValue(item, type.item, below(walk, key, walk.struct))]));
  }
  const model = type.of === 'model' ? walk.models(type.name) : undefined;
  return model ? walkModel(value as Fields, model, walk) : value;
};

const asQuantity = (name: string, value: unknown): unknown => {
  if (!quantities.has(name)) return value;
  if (typeof value === 'number') return String(value);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === 'number' ? String(item) : item]));
};

const walkField = (name: string, value: unknown, field: Field, walk: Walk): unknown => {
  if (value === null || value === undefined) return undefined;
  const kept = walkValue(asQuantity(name, value), field.type, walk);
  // Go leaves out empty optional maps and lists: without this `kubectl diff` shows `+ annotations: {}`.
  return !field.required && fits(kept, field.type) && isEmpty(kept, field.type) ? undefined : kept;
};

const walkModel = (value: Fields, model: Model, walk: Walk): Fields => {
  const result: Fields = {};
  for (const [name, item] of Object.entries(value)) {
    const field = model.fields.get(name);
    const inner = below(walk, name, structName(model.name));
    if (!field) {
      if (item !== undefined) walk.findings.unknown.push(inner.trail);
      continue;
    }
    const kept = walkField(name, item, field, inner);
    if (kept !== undefined) result[name] = kept;
  }
  return result;
};

/** A copy of `value` as the named type stores it, and what was wrong with it. */
export const conform = (models: Models, name: string, value: Fields): { value: Fields; findings: Findings } => {
  const model = models(name);
  const findings: Findings = { unknown: [], wrong: undefined };
  if (!model) return { value: structuredClone(value), findings };
  return { value: walkModel(value, model, { models, findings, trail: '', names: '', struct: structName(name) }), findings };
};

export const unknownText = (unknown: readonly string[]): string => unknown.map((trail) => `unknown field "${trail}"`).join(', ');

export const wrongTypeText = (wrong: WrongType): string =>
  wrong.illegal ?? `json: cannot unmarshal ${wrong.found} into Go struct field ${wrong.struct}.${wrong.path} of type ${wrong.type}`;
