// For every operation of 2015-12-01: any value of its output, written by us and read by the official SDK, is the same value.
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { NormalizedSchema } from '@smithy/core/schema';
import { HttpResponse } from '@smithy/core/protocols';
import test from 'ava';
import fc, { type Arbitrary } from 'fast-check';
import { modelled, type OperationName } from '../../emulator/api/elbv2/modelled.js';
import { schemasOf } from '../../emulator/api/elbv2/operations.js';
import { renderResult, withRequestId } from '../../emulator/wire/xml.js';

const namespace = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';
const requestId = '00000000-0000-4000-8000-000000000000';

// XML has no other control characters, and readers turn \r into \n.
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aZ09 <>&"\'/=-_.:@éß漢😀', ']]>', '<!--', '&amp;') }),
  fc.constantFrom('', 'true', '1', 'null', '__proto__', '<a/>', 'arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/net/a/b'),
).filter((one) => one.trim() === one);

const scalar = (schema: NormalizedSchema): Arbitrary<unknown> => {
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isTimestampSchema()) return fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }).map((ms) => new Date(ms));
  return schema.isNumericSchema() ? fc.integer() : text;
};

const valueOf = (schema: NormalizedSchema, depth = 0): Arbitrary<unknown> => {
  if (schema.isListSchema()) return depth > 8 ? fc.constant([]) : fc.array(valueOf(schema.getValueSchema(), depth + 1), { maxLength: 3 });
  if (schema.isMapSchema()) return fc.dictionary(text.filter((key) => key !== '__proto__' && key !== ''), valueOf(schema.getValueSchema(), depth + 1), { maxKeys: 3 }).map((map) => ({ ...map }));
  if (!schema.isStructSchema()) return scalar(schema);
  const members = [...schema.structIterator()].map(([name, member]) => [name, valueOf(member, depth + 1)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [] }).map((record) => ({ ...record }));
};

type Command = new (input: object) => never;
const commandOf = (name: OperationName): Command => (sdk as unknown as Record<string, Command>)[`${name}Command`] as Command;

const readBack = async (name: OperationName, body: Buffer): Promise<object> => {
  const client = new sdk.ElasticLoadBalancingV2Client({
    region: 'us-west-2',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: 'http://127.0.0.1:1',
    requestHandler: { handle: async () => ({ response: new HttpResponse({ statusCode: 200, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body }) }) } as never,
  });
  const Operation = commandOf(name);
  const { $metadata, ...output } = (await client.send(new Operation({}))) as { $metadata: { requestId?: string } };
  if ($metadata.requestId !== requestId) throw new Error('the request id is lost');
  return output;
};

const names = Object.keys(modelled) as OperationName[];

test('every operation of the SDK is routed', (t) => {
  const commands = Object.keys(sdk).filter((name) => /^[A-Z].*Command$/.test(name) && !name.startsWith('$')).map((name) => name.replace(/Command$/, ''));
  t.deepEqual([...names].sort(), commands.sort());
  t.is(names.length, 51);
});

for (const name of names) {
  test(`${name}: what we write is what the SDK reads`, async (t) => {
    const { output } = schemasOf(name);
    await fc.assert(
      fc.asyncProperty(valueOf(NormalizedSchema.of(output)), async (value) => {
        t.deepEqual(await readBack(name, withRequestId(renderResult(namespace, name, output, value as object), requestId)), value as object);
      }),
      { numRuns: 30 },
    );
  });
}
