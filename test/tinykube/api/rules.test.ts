// CEL rules of CustomResourceDefinitions: what they refuse and in which words, transitions, ratcheting, and rules that cannot be.
import test, { type ExecutionContext } from 'ava';
import { startServer, type TestServer } from './server.js';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';

type Schema = Record<string, unknown>;
const rule = (text: string, more: object = {}): object => ({ rule: text, ...more });
const object = (properties: Schema, ...rules: object[]): Schema => ({ type: 'object', properties, ...(rules.length > 0 && { 'x-kubernetes-validations': rules }) });

const definition = (spec: Schema, root: object[] = []): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { kind: 'Widget', plural: 'widgets' },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: object({ spec, status: object({ phase: { type: 'string' } }) }, ...root) } }],
  },
});

const widget = (name: string, spec: object): object => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec });

const started = async (t: ExecutionContext, spec: Schema, root: object[] = []): Promise<TestServer['call']> => {
  const { server, call } = await startServer();
  t.teardown(() => server.close());
  const { code, body } = await call('POST', definitions, definition(spec, root));
  t.is(code, 201, String(body.message));
  return call;
};

const merge = { 'content-type': 'application/merge-patch+json' };
const text = { type: 'string' };
const number = { type: 'integer' };

test('rules refuse with their message, their expression, or what a messageExpression makes of the object', async (t) => {
  const call = await started(t, object(
    { min: number, max: number, size: number, name: text, level: { type: 'integer', 'x-kubernetes-validations': [rule('self % 2 == 0', { message: 'must be even' })] } },
    rule('!has(self.min) || !has(self.max) || self.min <= self.max'),
    rule('!has(self.size) || self.size < 10', { message: ' size is too big ', reason: 'FieldValueForbidden', fieldPath: '.size' }),
    rule("!has(self.name) || self.name.matches('^[a-z]+$')", { messageExpression: "'%s is no name'.format([self.name])", message: 'unused' }),
  ));
  t.is((await call('POST', widgets, widget('good', { min: 1, max: 2, size: 3, name: 'abc', level: 4 }))).code, 201);
  const { code, body } = await call('POST', widgets, widget('bad', { min: 3, max: 2, size: 30, name: 'A1', level: 3 }));
  t.is(code, 422);
  t.deepEqual((body.details as { causes: unknown }).causes, [
    { reason: 'FieldValueInvalid', message: 'Invalid value: "object": failed rule: !has(self.min) || !has(self.max) || self.min <= self.max', field: 'spec' },
    { reason: 'FieldValueForbidden', message: 'Forbidden: size is too big', field: 'spec.size' },
    { reason: 'FieldValueInvalid', message: 'Invalid value: "object": A1 is no name', field: 'spec' },
    { reason: 'FieldValueInvalid', message: 'Invalid value: "integer": must be even', field: 'spec.level' },
  ]);
});

test('a field that is missing breaks off a rule that asks for it, and a value of the wrong type leaves the rules unasked', async (t) => {
  const call = await started(t, object({ a: text, b: text, n: number }, rule("self.a == 'x'"), rule('self.b == self.a', { message: 'b is a' })));
  t.is((await call('POST', widgets, widget('w', { a: 'x' }))).body.message, 'Widget.example.com "w" is invalid: spec: Invalid value: "object": no such key: b evaluating rule: b is a');
  t.is((await call('POST', widgets, widget('w', { a: 'y', b: 'y', n: 'one' }))).body.message,
    'Widget.example.com "w" is invalid: [spec.n: Invalid value: "string": spec.n in body must be of type integer: "string", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]');
});

test('transition rules see what was before: fields, items of lists with keys, maps; and not at the first time', async (t) => {
  const frozen = (schema: object): object => ({ ...schema, 'x-kubernetes-validations': [rule('self == oldSelf', { message: 'is immutable' })] });
  const listeners = { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: object({ name: text, port: frozen(number) }) };
  const call = await started(t, object({ id: frozen(text), place: frozen(object({ x: number })), listeners, weights: { type: 'object', additionalProperties: frozen(number) }, count: { ...number, 'x-kubernetes-validations': [rule('oldSelf.hasValue() ? self >= oldSelf.value() : self == 1', { optionalOldSelf: true, message: 'starts at 1 and grows' })] } }));
  t.regex(String((await call('POST', widgets, widget('w', { count: 2 }))).body.message), /spec\.count: Invalid value: "integer": starts at 1 and grows/);
  t.is((await call('POST', widgets, widget('w', { id: 'a', place: { x: 1 }, count: 1, listeners: [{ name: 'a', port: 1 }, { name: 'b', port: 2 }], weights: { q: 1 } }))).code, 201);
  t.is((await call('PATCH', `${widgets}/w`, { spec: { count: 3, listeners: [{ name: 'c', port: 3 }, { name: 'b', port: 2 }, { name: 'a', port: 1 }] } }, merge)).body.message, undefined);
  const { body } = await call('PATCH', `${widgets}/w`, { spec: { id: 'b', place: { x: 2 }, count: 2, listeners: [{ name: 'b', port: 9 }], weights: { q: 5 } } }, merge);
  t.deepEqual((body.details as { causes: { field: string }[] }).causes.map(({ field }) => field).sort(), ['spec.count', 'spec.id', 'spec.listeners[0].port', 'spec.place', 'spec.weights[q]']);
});

test('what was there before a rule came stays allowed until it is touched', async (t) => {
  const call = await started(t, object({ a: number, b: number }));
  await call('POST', widgets, widget('w', { a: 100, b: 1 }));
  const strict = definition(object({ a: { ...number, 'x-kubernetes-validations': [rule('self < 10')] }, b: number })) as { spec: object };
  t.is((await call('PATCH', `${definitions}/widgets.example.com`, { spec: strict.spec }, merge)).code, 200);
  t.is((await call('PATCH', `${widgets}/w`, { spec: { b: 2 } }, merge)).code, 200);
  t.is((await call('PATCH', `${widgets}/w`, { spec: { a: 101 } }, merge)).body.message, 'Widget.example.com "w" is invalid: spec.a: Invalid value: "integer": failed rule: self < 10');
});

test('rules that cannot be are refused with the definition, each at its place', async (t) => {
  const { server, call } = await startServer();
  t.teardown(() => server.close());
  const items = { type: 'array', items: object({ v: { ...number, 'x-kubernetes-validations': [rule('self == oldSelf')] } }) };
  const spec = object({ a: number, items }, rule('self.a > '), rule('self.b == 1'), rule('self.a'), rule("self.a == 'x'"), rule('unheardOf(self.a)'), rule('self.a > 0', { fieldPath: '.c' }), rule('self.a > 0', { reason: 'Because' }), rule('self.a > 0', { messageExpression: '1' }), rule(''));
  const { code, body } = await call('POST', definitions, definition(spec));
  t.is(code, 422);
  const place = 'spec.validation.openAPIV3Schema.properties[spec]';
  const causes = (body.details as { causes: { field: string; message: string }[] }).causes;
  t.deepEqual(causes.map(({ field }) => field.replace(place, '')), [...[0, 1, 2, 3, 4].map((index) => `.x-kubernetes-validations[${index}].rule`), '.x-kubernetes-validations[5].fieldPath', '.x-kubernetes-validations[6].reason', '.x-kubernetes-validations[7].messageExpression', '.x-kubernetes-validations[8].rule', '.properties[items].items.properties[v].x-kubernetes-validations[0].rule']);
  t.is(causes[1]?.message, 'Invalid value: "self.b == 1": compilation failed: ERROR: <input>:1:5: undefined field \'b\'\n | self.b == 1\n | ....^');
  t.regex(causes[9]?.message ?? '', /oldSelf cannot be used on the uncorrelatable portion of the schema/);
});

test('the name of the resource, Kubernetes\' own functions, times, quantities and numbers that may be names', async (t) => {
  const schema = object({
    'port-name': text, port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }, ratio: { type: 'number' }, until: { type: 'string', format: 'date-time' }, wait: { type: 'string', format: 'duration' },
    cidrs: { type: 'array', items: text }, memory: text, url: text, rules: { type: 'array', items: object({ name: text, tls: object({}) }) }, labels: { type: 'object', additionalProperties: text },
  },
  rule("self.__dash__port == 'x' || true == false || !has(self.port) || self.port == 80 || self.port == 'http'".replace('self.__dash__port', 'self.port__dash__name')),
  rule('!has(self.ratio) || self.ratio < 1.0 || self.ratio == 1.5'),
  rule("!has(self.until) || self.until > timestamp('2020-01-01T00:00:00Z')"),
  rule("!has(self.wait) || self.wait <= duration('1h')"),
  rule('!has(self.cidrs) || self.cidrs.all(c, isCIDR(c) && cidr(c).containsIP(cidr(c).ip()))'),
  rule("!has(self.memory) || quantity(self.memory).isLessThan(quantity('2Gi'))"),
  rule("!has(self.url) || url(self.url).getScheme() == 'https'"),
  rule('!has(self.rules) || self.rules.all(one, self.rules.exists_one(other, one.name == other.name))', { message: 'names must be unique' }),
  rule("!has(self.labels) || self.labels.all(key, self.labels[key] != '' && key.lowerAscii() == key)"),
  rule("!has(self.cidrs) || (self.cidrs.isSorted() && sets.contains(self.cidrs, ['10.0.0.0/8']) && self.cidrs.indexOf('10.0.0.0/8') == 0)"),
  );
  const call = await started(t, schema, [rule("self.metadata.name.startsWith('w')", { message: 'names start with w' })]);
  const good = { port: 80, 'port-name': 'x', ratio: 0.5, until: '2030-01-01T00:00:00Z', wait: '30m', cidrs: ['10.0.0.0/8', '192.168.0.0/16'], memory: '1Gi', url: 'https://example.com', rules: [{ name: 'a' }, { name: 'b' }], labels: { a: '1' } };
  t.is((await call('POST', widgets, widget('w-good', good))).body.message, undefined);
  const cases: [object, RegExp][] = [[{ port: 'ftp', 'port-name': 'y' }, /self\.port == 80/], [{ ratio: 3 }, /self\.ratio/], [{ until: '2010-01-01T00:00:00Z' }, /self\.until/], [{ wait: '2h' }, /self\.wait/], [{ cidrs: ['nonsense'] }, /isCIDR/], [{ memory: '3Gi' }, /quantity/], [{ url: 'http://x' }, /getScheme/], [{ rules: [{ name: 'a' }, { name: 'a' }] }, /names must be unique/], [{ labels: { A: '1' } }, /lowerAscii/]];
  for (const [change, words] of cases) t.regex(String((await call('POST', widgets, widget('w-bad', { ...good, ...change }))).body.message), words);
  t.is((await call('POST', widgets, widget('other', good))).body.message, 'Widget.example.com "other" is invalid: <nil>: Invalid value: "object": names start with w');
});
