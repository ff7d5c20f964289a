// A Query tree -> the SDK's typed input, by the SDK's own schema. Malformed numbers and booleans are complaints, not NaN; another shape than the member's is no input at all.
import { XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { complaint, itemPath, memberPath, type Complaint } from './complaints.js';
import { AwsFault } from './fault.js';
import type { QueryTree } from './query.js';

type Node = string | QueryTree;
/** What the deserialiser reads: lists as {member: [...]}, maps as {entry: [...]}. */
type Shaped = string | { [name: string]: Shaped | Shaped[] };

const settings = { xmlNamespace: '', serviceNamespace: '', timestampFormat: { useTrait: true, default: 5 as const } };

// AWS's words for a value where a list or a structure should be, and the other way round: it reads the request as a stream.
const malformed = {
  list: 'Unexpected list element termination',
  structure: 'Unexpected complex element termination',
  value: 'Start of structure or map found where not expected.',
};
const refuseShape = (expected: keyof typeof malformed): never => {
  throw new AwsFault('MalformedInput', malformed[expected]);
};

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
  if (typeof node !== 'string') return refuseShape('value');
  if (fits(node)) return node;
  complaints.push(complaint(node, path, `Member must be a valid ${expected}`));
  return undefined;
};

const structure = (schema: NormalizedSchema, node: Node, path: string, complaints: Complaint[]): Shaped => {
  if (typeof node === 'string') return node === '' ? {} : refuseShape('structure');
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
    const members = typeof node === 'object' ? node['member'] : node;
    // `Xxx=` is how clients send an empty list: given, and empty.
    if (typeof members === 'string' && members !== '') return refuseShape('list');
    const items = inOrder(members);
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
