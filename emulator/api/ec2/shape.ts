// Shapes of EC2 and STS in the SDK's static schema format, so that the SDK's own serialiser writes their XML. Knows no operation.
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';

type Scalar = 0 | 1 | 2 | 5;
type ListShape = [1, string, string, 0, [() => Shape, { xmlName: string }]];
export type StructureShape = [3, string, string, 0, string[], [Shape | (() => Shape), { xmlName: string }][], number];
export type Shape = Scalar | ListShape | StructureShape;

export const text = 0;
export const number = 1;
export const boolean = 2;
/** ISO 8601 in UTC. */
export const timestamp = 5;

const namespace = 'nlbox';

/** A list whose elements are called `<item>`. */
export const listOf = (shape: Shape, xmlName = 'item'): ListShape => [1, namespace, 'List', 0, [() => shape, { xmlName }]];

/** `members`: the name in code -> its name on the wire and its shape. The members named in `required` must be given. */
export const structure = (members: Record<string, [wire: string, shape: Shape]>, required: string[] = [], name = 'Structure'): StructureShape => {
  const names = [...required, ...Object.keys(members).filter((key) => !required.includes(key))];
  const shapes = names.map((key): [Shape | (() => Shape), { xmlName: string }] => {
    const [xmlName, shape] = members[key] ?? [key, text];
    return [typeof shape === 'number' ? shape : () => shape, { xmlName }];
  });
  return [3, namespace, name, 0, names, shapes, required.length];
};

/** The same structure under the name of a root element. */
export const named = (shape: StructureShape, name: string): StructureShape => [shape[0], shape[1], name, shape[3], shape[4], shape[5], shape[6]];

/** The XML document of `value`; every text is escaped by the serialiser. Without a namespace none is written. */
export const render = (shape: StructureShape, value: unknown, xmlNamespace = ''): string => {
  const serializer = new XmlShapeSerializer({
    serviceNamespace: namespace,
    timestampFormat: { useTrait: true, default: 5 },
    xmlNamespace,
  });
  serializer.write(shape as Parameters<XmlShapeSerializer['write']>[0], value);
  return String(serializer.flush());
};
