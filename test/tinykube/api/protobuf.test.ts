import test from 'ava';
import { decodeProtobuf } from '../../../emulator/tinykube/api/protobuf/decode.js';
import { StatusError } from '../../../emulator/tinykube/status.js';

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))]);
const bytes = (number: number, content: Buffer | string): Buffer => Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(Buffer.byteLength(content))]), Buffer.from(content)]);
const integer = (number: number, value: number): Buffer => Buffer.from([...varint(number << 3), ...varint(value)]);
const all = (...parts: Buffer[]): Buffer => Buffer.concat(parts);

const envelope = (apiVersion: string, kind: string, raw: Buffer): Buffer => all(Buffer.from('k8s\0'), bytes(1, all(bytes(1, apiVersion), bytes(2, kind))), bytes(2, raw));

const metadata = all(bytes(1, 'web'), bytes(3, 'ns'), bytes(8, ''), bytes(11, all(bytes(1, 'app'), bytes(2, 'web'))));

test('a Deployment: zeros of pointers stay, zeros of plain fields and empty times go', (t) => {
  const port = all(bytes(1, ''), integer(2, 0), integer(3, 8080), bytes(4, ''));
  const container = all(bytes(1, 'c'), bytes(2, 'image'), bytes(6, port), bytes(8, ''));
  const template = all(bytes(1, bytes(8, '')), bytes(2, bytes(2, container)));
  const spec = all(integer(1, 0), bytes(2, bytes(1, all(bytes(1, 'app'), bytes(2, 'web')))), bytes(3, template), bytes(4, bytes(1, '')), integer(5, 0));
  t.deepEqual(decodeProtobuf(envelope('apps/v1', 'Deployment', all(bytes(1, metadata), bytes(2, spec), bytes(3, integer(1, 0))))), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'ns', labels: { app: 'web' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'c', image: 'image', ports: [{ containerPort: 8080 }] }] } },
    },
  });
});

test('numbers or strings, bytes and maps', (t) => {
  const port = all(bytes(1, 'http'), bytes(2, 'TCP'), integer(3, 80), bytes(4, all(integer(1, 1), integer(2, 0), bytes(3, 'web'))), integer(5, 0));
  t.like(decodeProtobuf(envelope('v1', 'Service', bytes(2, bytes(1, port)))), { spec: { ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'web' }] } });
  const data = all(bytes(1, 'k'), bytes(2, 'v'));
  t.like(decodeProtobuf(envelope('v1', 'Secret', bytes(2, data))), { data: { k: 'dg==' } });
});

test('an unknown field or kind is refused, never dropped', (t) => {
  const refused = { instanceOf: StatusError, message: /unknown format/ };
  t.throws(() => decodeProtobuf(envelope('v1', 'Service', bytes(99, 'x'))), refused);
  t.throws(() => decodeProtobuf(envelope('v1', 'Mystery', bytes(1, 'x'))), refused);
  t.throws(() => decodeProtobuf(Buffer.from('{}')), refused);
});
