// Protobuf request bodies of kubectl >= 1.32 and typed Go clients, read into the JSON the rest of the server speaks.
import { unsupportedMediaType } from '../../status.js';
import { isFields, type Fields } from '../json.js';
import { messages } from './messages.js';
import { keptWhenEmpty, keptWhenZero } from './pointers.js';

export const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** One field of a message: `name:number[flags]type`, as `messages.ts` writes it. */
type FieldSpec = { name: string; type: string; repeated: boolean; map: boolean; inline: boolean };

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

const refuse = (): Error => unsupportedMediaType(bodyTypes.slice(0, 2));

type Raw = { number: number; value: number | bigint | Buffer };

const readVarint = (bytes: Buffer, at: number): [value: bigint, next: number] => {
  let value = 0n;
  for (let shift = 0n, index = at; index < bytes.length; shift += 7n, index += 1) {
    const byte = bytes[index] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, index + 1];
  }
  throw refuse();
};

const readFields = function* (bytes: Buffer): Generator<Raw> {
  for (let at = 0; at < bytes.length; ) {
    const [tag, afterTag] = readVarint(bytes, at);
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (wire === 0) {
      const [value, next] = readVarint(bytes, afterTag);
      yield { number, value };
      at = next;
    } else if (wire === 2) {
      const [length, start] = readVarint(bytes, afterTag);
      at = start + Number(length);
      if (at > bytes.length) throw refuse();
      yield { number, value: bytes.subarray(start, at) };
    } else if (wire === 1 && afterTag + 8 <= bytes.length) {
      yield { number, value: bytes.readDoubleLE(afterTag) };
      at = afterTag + 8;
    } else throw refuse();
  }
};

const parsed = new WeakMap<typeof messages, Map<string, Map<number, FieldSpec>>>();

const specsOf = (message: string): Map<number, FieldSpec> | undefined => {
  const cache = parsed.get(messages) ?? new Map<string, Map<number, FieldSpec>>();
  parsed.set(messages, cache);
  const known = cache.get(message);
  const line = messages[message];
  if (known || line === undefined) return known;
  const specs = new Map<number, FieldSpec>();
  for (const word of line.split(' ').filter((each) => each !== '')) {
    const [, name = '', number, flags = '', type = ''] = /^(\w+):(\d+)([*%^]?)(\w+)$/.exec(word) ?? [];
    specs.set(Number(number), { name, type, repeated: flags === '*', map: flags === '%', inline: flags === '^' });
  }
  cache.set(message, specs);
  return specs;
};

const raws = (bytes: Buffer): Map<number, Raw['value']> => new Map([...readFields(bytes)].map(({ number, value }) => [number, value]));
const integer = (value: Raw['value'] | undefined): number => (value === undefined || Buffer.isBuffer(value) ? 0 : Number(BigInt.asIntN(64, BigInt(value))));
const utf8 = (value: Raw['value'] | undefined): string => (Buffer.isBuffer(value) ? value.toString('utf8') : '');

// The zero time of Go has no fields set or the year 1; both are no time at all.
const time = (bytes: Buffer, micro: boolean): string | undefined => {
  const parts = raws(bytes);
  const seconds = integer(parts.get(1));
  if (seconds === 0 && parts.size === 0) return undefined;
  if (seconds <= 0) return undefined;
  const base = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${base}.${String(Math.floor(integer(parts.get(2)) / 1000)).padStart(6, '0')}Z` : `${base}Z`;
};

const special: Record<string, (bytes: Buffer) => unknown> = {
  Time: (bytes) => time(bytes, false),
  MicroTime: (bytes) => time(bytes, true),
  Quantity: (bytes) => utf8(raws(bytes).get(1)),
  IntOrString: (bytes) => {
    const parts = raws(bytes);
    return integer(parts.get(1)) === 1 ? utf8(parts.get(3)) : integer(parts.get(2));
  },
  FieldsV1: (bytes) => JSON.parse(utf8(raws(bytes).get(1)) || '{}') as unknown,
  RawExtension: (bytes) => JSON.parse(utf8(raws(bytes).get(1)) || '{}') as unknown,
  ExtraValue: (bytes) => [...readFields(bytes)].map(({ value }) => utf8(value)),
};

const decodeValue = (type: string, value: Raw['value']): unknown => {
  if (type === 's') return utf8(value);
  if (type === 'b') return integer(value) !== 0;
  if (type === 'i') return integer(value);
  if (type === 'd') return Number(value);
  if (type === 'y') return Buffer.isBuffer(value) ? value.toString('base64') : '';
  if (!Buffer.isBuffer(value)) throw refuse();
  return special[type] ? special[type](value) : decodeMessage(type, value);
};

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false || value === undefined;

const setField = (target: Fields, spec: FieldSpec, value: Raw['value']): void => {
  if (spec.map) {
    if (!Buffer.isBuffer(value)) throw refuse();
    const entry = raws(value);
    const held = entry.get(2) ?? Buffer.alloc(0);
    target[spec.name] = { ...(isFields(target[spec.name]) ? (target[spec.name] as Fields) : {}), [utf8(entry.get(1))]: decodeValue(spec.type, held) };
    return;
  }
  const decoded = decodeValue(spec.type, value);
  if (spec.repeated) target[spec.name] = [...((target[spec.name] as unknown[] | undefined) ?? []), decoded];
  else if (spec.inline) Object.assign(target, decoded);
  else if (isZero(decoded) && !(decoded !== undefined && keptWhenZero.has(spec.name))) return;
  else if (isFields(decoded) && Object.keys(decoded).length === 0 && !keptWhenEmpty.has(spec.name)) return;
  else target[spec.name] = decoded;
};

const decodeMessage = (message: string, bytes: Buffer): Fields => {
  const specs = specsOf(message);
  if (!specs) throw refuse();
  const target: Fields = {};
  for (const { number, value } of readFields(bytes)) {
    const spec = specs.get(number);
    // A field we do not know must not be dropped in silence.
    if (!spec) throw refuse();
    setField(target, spec, value);
  }
  return target;
};

// Two groups or versions may use one name for different messages.
const otherMessages: Readonly<Record<string, string>> = { 'events.k8s.io/v1 Event': 'EventsEvent', 'autoscaling/v1 HorizontalPodAutoscaler': 'HorizontalPodAutoscalerV1' };

/** The message of a kind. */
export const messageFor = (apiVersion: string, kind: string): string => otherMessages[`${apiVersion} ${kind}`] ?? kind;

/** The object in a `k8s\0` envelope. Unknown kinds and fields are refused with 415. */
export const decodeProtobuf = (body: Buffer): Fields => {
  if (!body.subarray(0, 4).equals(magic)) throw refuse();
  const envelope = raws(body.subarray(4));
  const meta = raws(envelope.get(1) instanceof Buffer ? (envelope.get(1) as Buffer) : Buffer.alloc(0));
  const [apiVersion, kind] = [utf8(meta.get(1)), utf8(meta.get(2))];
  const raw = envelope.get(2);
  return { apiVersion, kind, ...decodeMessage(messageFor(apiVersion, kind), Buffer.isBuffer(raw) ? raw : Buffer.alloc(0)) };
};
