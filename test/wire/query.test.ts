// The Query body: what becomes a typed input, what is refused, and that no text at all can hurt.
import test from 'ava';
import fc from 'fast-check';
import { CreateListenerInput$, CreateTargetGroupInput$, DescribeLoadBalancersInput$, ModifyListenerInput$, RegisterTargetsInput$ } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { StaticStructureSchema } from '@smithy/types';
import { decodeInput } from '../../emulator/wire/decode.js';
import { AwsFault } from '../../emulator/wire/fault.js';
import { parseQuery } from '../../emulator/wire/query.js';
import { validateInput } from '../../emulator/wire/validate.js';

const decode = (schema: unknown, body: string) => decodeInput(schema as StaticStructureSchema, parseQuery(body));
const codeOf = (body: string): string => {
  try {
    parseQuery(body);
    return 'fine';
  } catch (error) {
    return error instanceof AwsFault ? error.code : 'not a fault';
  }
};

test('numbers, booleans, lists and structures come out typed', (t) => {
  const { input, complaints } = decode(
    CreateListenerInput$,
    'Action=CreateListener&Version=2015-12-01&LoadBalancerArn=arn%3Aa&Port=80&DefaultActions.member.1.Type=forward'
    + '&DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=x&DefaultActions.member.1.ForwardConfig.TargetGroups.member.1.Weight=10'
    + '&DefaultActions.member.1.ForwardConfig.TargetGroupStickinessConfig.Enabled=false',
  );
  t.deepEqual(complaints, []);
  t.deepEqual(input, {
    LoadBalancerArn: 'arn:a',
    Port: 80,
    DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'x', Weight: 10 }], TargetGroupStickinessConfig: { Enabled: false } } }],
  });
});

test('a bare name is an empty list, gaps in the index are closed, order is the index\'s', (t) => {
  t.deepEqual(decode(ModifyListenerInput$, 'ListenerArn=x&AlpnPolicy=').input, { ListenerArn: 'x', AlpnPolicy: [] });
  t.deepEqual(decode(DescribeLoadBalancersInput$, 'Names.member.11=c&Names.member.2=b&Names.member.1=a').input, { Names: ['a', 'b', 'c'] });
  t.deepEqual(decode(DescribeLoadBalancersInput$, 'Unknown=1&Names.other=2&__proto__.x=1&constructor.prototype.y=1').input, { Names: [] });
  t.is(({} as { x?: unknown }).x, undefined);
});

test('an empty text, an empty value and escapes are kept', (t) => {
  const { input } = decode(CreateTargetGroupInput$, 'Name=&HealthCheckPath=%2Fa%26b%3Dc%20d+e&Tags.member.1.Key=k&Tags.member.1.Value=');
  t.deepEqual(input, { Name: '', HealthCheckPath: '/a&b=c d e', Tags: [{ Key: 'k', Value: '' }] });
});

test('what is no number or no boolean is a complaint', (t) => {
  const { input, complaints } = decode(CreateTargetGroupInput$, 'Port=abc&HealthCheckEnabled=yes&HealthCheckIntervalSeconds=');
  t.deepEqual(input, {});
  t.deepEqual(complaints, [
    'Value \'abc\' at \'port\' failed to satisfy constraint: Member must be a valid integer',
    'Value \'yes\' at \'healthCheckEnabled\' failed to satisfy constraint: Member must be a valid boolean',
    'Value \'\' at \'healthCheckIntervalSeconds\' failed to satisfy constraint: Member must be a valid integer',
  ]);
});

test('another shape than the member has is malformed, in the words of AWS', (t) => {
  const refused = (schema: unknown, body: string, message: string) => t.throws(() => decode(schema, body), { instanceOf: AwsFault, code: 'MalformedInput', message }, body);
  refused(CreateTargetGroupInput$, 'Name.member.1=x', 'Start of structure or map found where not expected.');
  refused(CreateTargetGroupInput$, 'Matcher=200', 'Unexpected complex element termination');
  refused(RegisterTargetsInput$, 'Targets.member.1=10.42.0.1', 'Unexpected complex element termination');
  // Left out of sight, a filter like this would be no filter.
  refused(DescribeLoadBalancersInput$, 'Names=web', 'Unexpected list element termination');
  refused(DescribeLoadBalancersInput$, 'Names.member=web', 'Unexpected list element termination');
});

test('bodies that no AWS client writes are refused', (t) => {
  t.is(codeOf('a[b]=c'), 'MalformedQueryString');
  t.is(codeOf('a%5Bb%5d=c'), 'MalformedQueryString');
  t.is(codeOf('a=[b]&c=%5B'), 'fine');
  t.is(codeOf('a=1&a=2'), 'MalformedQueryString');
  t.is(codeOf('a=1&a.b=2'), 'MalformedQueryString');
  t.is(codeOf(`${'a.'.repeat(50)}b=1`), 'MalformedQueryString');
  t.is(codeOf(Array.from({ length: 20_001 }, (_, index) => `a${index}=`).join('&')), 'MalformedQueryString');
  t.is(codeOf(Array.from({ length: 3000 }, (_, index) => `Targets.member.${index + 1}.Id=10.0.0.1`).join('&')), 'fine');
});

test('an in-process input of the wrong type is named, never passed on', (t) => {
  const complaints = validateInput(RegisterTargetsInput$, { TargetGroupArn: 7, Targets: [{ Port: '80' }, 'x'] }, () => undefined);
  t.deepEqual(complaints, [
    'Value \'7\' at \'targetGroupArn\' failed to satisfy constraint: Member must be a valid string',
    'Value null at \'targets.1.member.id\' failed to satisfy constraint: Member must not be null',
    'Value \'80\' at \'targets.1.member.port\' failed to satisfy constraint: Member must be a valid integer',
    'Value \'x\' at \'targets.2.member\' failed to satisfy constraint: Member must be a valid structure',
  ]);
});

test('any text ends in an input or in a fault', (t) => {
  const piece = fc.oneof(
    fc.constantFrom('Action', 'Tags', 'member', '1', '2', 'Key', 'Targets', 'Id', 'Port', '.', '=', '&', '%', '%5B', '[', ']', '__proto__', 'constructor', 'DefaultActions', 'ForwardConfig', 'entry', 'key', '+', '\u0000', 'é'),
    fc.string({ maxLength: 4 }),
  );
  const bodies = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(bodies, fc.constantFrom(CreateListenerInput$, CreateTargetGroupInput$, RegisterTargetsInput$), (body, schema) => {
      try {
        const { input } = decode(schema, body);
        validateInput(schema, input, () => undefined);
        return Object.getPrototypeOf(input) === Object.prototype || Object.getPrototypeOf(input) === null;
      } catch (error) {
        return error instanceof AwsFault;
      }
    }),
    { numRuns: 3000 },
  );
  t.is(({} as { polluted?: unknown }).polluted, undefined);
});
