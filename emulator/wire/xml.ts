// Outputs and faults -> XML through the SDK's serialiser. A rendered answer can be sent again under another RequestId.
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import type { StaticStructureSchema } from '@smithy/types';
import type { AwsFault } from './fault.js';

/** An answer's bytes with a hole where the RequestId goes. */
export type Rendered = { status: number; head: Buffer; tail: Buffer };

const settings = { xmlNamespace: '', serviceNamespace: '', timestampFormat: { useTrait: true, default: 5 as const } };

const structure = (namespace: string, name: string, members: Record<string, StaticStructureSchema | 0>): StaticStructureSchema =>
  [3, namespace, name, 0, Object.keys(members), Object.values(members)] as unknown as StaticStructureSchema;

// The SDK's serialiser drops `.000`; AWS always sends milliseconds. A `<` in a user's text is escaped, so this finds elements only.
const withMilliseconds = (xml: string): string => xml.replace(/(<(?:CreatedTime|LastModifiedTime)>[^<.]*)Z</g, '$1.000Z<');

const serialize = (namespace: string, schema: StaticStructureSchema, value: object): string => {
  const serializer = new XmlShapeSerializer({ ...settings, xmlNamespace: namespace });
  serializer.write(schema, value);
  return withMilliseconds(serializer.flush() as string);
};

/** A fault's document as AWS writes it: quotes need no escape between tags. What a user wrote as an entity has become `&amp;apos;`. */
export const withPlainQuotes = (xml: string): string => xml.replaceAll('&apos;', "'").replaceAll('&quot;', '"');

/** Cuts a text in two after the last `<tag>`, which must be empty. */
export const splitAtRequestId = (xml: string, tag: 'RequestId' | 'requestId' | 'RequestID', status: number): Rendered => {
  const at = xml.lastIndexOf(`<${tag}></${tag}>`) + tag.length + 2;
  return { status, head: Buffer.from(xml.slice(0, at)), tail: Buffer.from(xml.slice(at)) };
};

/** The whole body for one request. */
export const withRequestId = (rendered: Rendered, requestId: string): Buffer =>
  Buffer.concat([rendered.head, Buffer.from(requestId), rendered.tail]);

/** `<OpResponse><OpResult>…</OpResult><ResponseMetadata>…`, as the Query protocol wraps an output. */
export const renderResult = (namespace: string, operation: string, output: StaticStructureSchema, value: object): Rendered => {
  const result = `${operation}Result`;
  const schema = structure(namespace, `${operation}Response`, {
    [result]: output,
    ResponseMetadata: structure(namespace, 'ResponseMetadata', { RequestId: 0 }),
  });
  const xml = serialize(namespace, schema, { [result]: value, ResponseMetadata: { RequestId: '' } });
  return splitAtRequestId(xml, 'RequestId', 200);
};

/** `<ErrorResponse>` of the Query protocol. */
export const renderFault = (namespace: string, fault: AwsFault): Rendered => {
  const error = structure(namespace, 'Error', { Type: 0, Code: 0, Message: 0 });
  const schema = structure(namespace, 'ErrorResponse', { Error: error, RequestId: 0 });
  const Type = fault.status >= 500 ? 'Receiver' : 'Sender';
  const xml = serialize(namespace, schema, { Error: { Type, Code: fault.code, Message: fault.message }, RequestId: '' });
  return splitAtRequestId(withPlainQuotes(xml), 'RequestId', fault.status);
};
