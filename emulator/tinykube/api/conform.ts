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

/** A place in the object: a field of `model`, or the item at an index. It becomes text only where something is wrong. */
type Place = { up: Place | undefined; step: string | number; model: string };
/** `odd` once anything is wrong. Places are made only where `tells` asks for them: most walks find nothing. */
type Walk = { models: Models; findings: Findings; odd: boolean; tells: boolean };

const trailOf = (place: Place | undefined): string => {
  if (!place) return '';
  const before = trailOf(place.up);
  if (typeof place.step === 'number') return `${before}[${place.step}]`;
  return before === '' ? place.step : `${before}.${place.step}`;
};

const namesOf = (place: Place | undefined): string[] => (place ? [...namesOf(place.up), ...(typeof place.step === 'string' ? [place.step] : [])] : []);

const below = (walk: Walk, up: Place | undefined, step: string | number, model: string): Place | undefined => (walk.tells ? { up, step, model } : undefined);

const wrong = (walk: Walk, place: Place | undefined, rest: Pick<WrongType, 'found' | 'type' | 'illegal'>): void => {
  walk.odd = true;
  if (place) walk.findings.wrong ??= { ...rest, struct: structName(place.model), path: namesOf(place).join('.') };
};

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes travel as base64; what is none never gets in. */
const checkBytes = (value: string, walk: Walk, place: Place | undefined): void => {
  const clean = value.replace(/[\r\n]/g, '');
  if (base64.test(clean)) return;
  const byte = Math.max(0, clean.search(/[^A-Za-z0-9+/=]/));
  wrong(walk, place, { found: 'string', type: '[]byte', illegal: `illegal base64 data at input byte ${byte}` });
};

const walkMap = (value: Fields, item: Type, walk: Walk, place: Place | undefined): Fields => {
  const result: Fields = {};
  for (const [step, one] of Object.entries(value)) if (one !== null) result[step] = walkValue(one, item, walk, place && below(walk, place, step, place.model));
  return result;
};

const walkValue = (value: unknown, type: Type, walk: Walk, place: Place | undefined): unknown => {
  if (!fits(value, type)) {
    wrong(walk, place, { found: found(value), type: goType(type) });
    return value;
  }
  if (type.of === 'string' && type.format === 'byte') checkBytes(value as string, walk, place);
  if (type.of === 'list') return (value as unknown[]).map((item, step) => walkValue(item, type.item, walk, place && below(walk, place, step, place.model)));
  if (type.of === 'map') return walkMap(value as Fields, type.item, walk, place);
  const model = type.of === 'model' ? walk.models(type.name) : undefined;
  return model ? walkModel(value as Fields, model, walk, place) : value;
};

const asQuantity = (name: string, value: unknown): unknown => {
  if (!quantities.has(name)) return value;
  if (typeof value === 'number') return String(value);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === 'number' ? String(item) : item]));
};

const walkField = (name: string, value: unknown, field: Field, walk: Walk, place: Place | undefined): unknown => {
  if (value === null || value === undefined) return undefined;
  const kept = walkValue(asQuantity(name, value), field.type, walk, place);
  // Go leaves out empty optional maps and lists: without this `kubectl diff` shows `+ annotations: {}`.
  return !field.required && fits(kept, field.type) && isEmpty(kept, field.type) ? undefined : kept;
};

const walkModel = (value: Fields, model: Model, walk: Walk, up: Place | undefined): Fields => {
  const result: Fields = {};
  for (const [step, item] of Object.entries(value)) {
    const field = model.fields.get(step);
    const place = below(walk, up, step, model.name);
    if (!field) {
      if (item !== undefined) walk.odd = true;
      if (item !== undefined && place) walk.findings.unknown.push(trailOf(place));
      continue;
    }
    const kept = walkField(step, item, field, walk, place);
    if (kept !== undefined) result[step] = kept;
  }
  return result;
};

/** A copy of `value` as the named type stores it, and what was wrong with it: looked for in a second walk, if anything was. */
export const conform = (models: Models, name: string, value: Fields): { value: Fields; findings: Findings } => {
  const model = models(name);
  const findings: Findings = { unknown: [], wrong: undefined };
  if (!model) return { value: structuredClone(value), findings };
  const walk: Walk = { models, findings, odd: false, tells: false };
  const kept = walkModel(value, model, walk, undefined);
  return { value: walk.odd ? walkModel(value, model, { ...walk, tells: true }, undefined) : kept, findings };
};

/** What strict decoding says of fields that the type has not. */
export const unknownTexts = (unknown: readonly string[]): string[] => unknown.map((trail) => `unknown field "${trail}"`);

export const wrongTypeText = (wrong: WrongType): string =>
  wrong.illegal ?? `json: cannot unmarshal ${wrong.found} into Go struct field ${wrong.struct}.${wrong.path} of type ${wrong.type}`;
