// A Query tree -> the SDK's typed input, by the SDK's own schema. Malformed numbers and booleans are complaints, not NaN.
import { XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { complaint, itemPath, memberPath, type Complaint } from './complaints.js';
import type { QueryTree } from './query.js';

type Node = string | QueryTree;
/** What the deserialiser reads: lists as {member: [...]}, maps as {entry: [...]}. */
type Shaped = string | { [name: string]: Shaped | Shaped[] };

const settings = { xmlNamespace: '', serviceNamespace: '', timestampFormat: { useTrait: true, default: 5 as const } };

const inOrder = (node: Node | undefined): Node[] =>
  typeof node !== 'object' ? [] : Object.keys(node)
    .filter((key) => /^\d{1,9}$/.test(key))
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => node[key] as Node);

const scalar = (schema: NormalizedSchema, node: Node, path: string, complaints: Complaint[]): Shaped | undefined => {
  const expected = schema.isBooleanSchema() ? 'boolean' : schema.isNumericSchema() ? 'integer' : 'string';
  const fits = {
    boolean: (text: string) => /^(true|false)$/i.test(text),
    integer: (text: string) => /^[+-]?\d{1,15}$/.test(text),
    string: () => true,
  }[expected];
  if (typeof node === 'string' && fits(node)) return node;
  complaints.push(complaint(typeof node === 'string' ? node : '{...}', path, `Member must be a valid ${expected}`));
  return undefined;
};

const structure = (schema: NormalizedSchema, node: Node, path: string, complaints: Complaint[]): Shaped | undefined => {
  if (typeof node === 'string') {
    if (node !== '') complaints.push(complaint(node, path, 'Member must be a structure'));
    return node === '' ? {} : undefined;
  }
  const shaped: { [name: string]: Shaped } = {};
  for (const [name, member] of schema.structIterator()) {
    const child = node[name];
    const value = child === undefined ? undefined : shape(member, child, memberPath(path, name), complaints);
    if (value !== undefined) shaped[name] = value;
  }
  return shaped;
};

const entries = (node: Node, complaints: Complaint[], path: string): Shaped => ({
  entry: inOrder(typeof node === 'object' ? node['entry'] : undefined).map((entry) => {
    const key = typeof entry === 'object' ? entry['key'] : undefined;
    const value = typeof entry === 'object' ? entry['value'] : undefined;
    if (typeof key !== 'string') complaints.push(complaint(undefined, `${path}.entry.key`, 'Member must not be null'));
    return { key: typeof key === 'string' ? key : '', value: typeof value === 'string' ? value : '' };
  }),
});

const shape = (schema: NormalizedSchema, node: Node, path: string, complaints: Complaint[]): Shaped | undefined => {
  if (schema.isListSchema()) {
    // `Xxx=` is how clients send an empty list: given, and empty.
    const items = inOrder(typeof node === 'object' ? node['member'] : undefined);
    const shaped = items.map((item, index) => shape(schema.getValueSchema(), item, itemPath(path, index), complaints));
    return { member: shaped.filter((item) => item !== undefined) };
  }
  if (schema.isMapSchema()) return entries(node, complaints, path);
  return schema.isStructSchema() ? structure(schema, node, path, complaints) : scalar(schema, node, path, complaints);
};

/** The typed input and what could not be read. Unknown parameters are ignored, as AWS does. */
export const decodeInput = (input: StaticStructureSchema, tree: QueryTree): { input: object; complaints: Complaint[] } => {
  const complaints: Complaint[] = [];
  const shaped = structure(NormalizedSchema.of(input), tree, '', complaints);
  const typed = new XmlShapeDeserializer(settings).readSchema(input, shaped) as object;
  return { input: typed, complaints };
};
