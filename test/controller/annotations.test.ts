import test from 'ava';
import fc from 'fast-check';
import { annotationsOf, doubtsOf, prefix, type AnnotationName } from '../../emulator/controller/annotations.js';
import { stringMap } from '../../emulator/controller/parse.js';

const get = <N extends AnnotationName>(name: N, raw: string) => annotationsOf({ [prefix + name]: raw }).get(name);

test('bool is Go\'s', (t) => {
  for (const raw of ['1', 't', 'T', 'TRUE', 'true', 'True']) t.is(get('aws-load-balancer-internal', raw), true);
  for (const raw of ['0', 'f', 'F', 'FALSE', 'false', 'False']) t.is(get('aws-load-balancer-internal', raw), false);
  t.throws(() => get('aws-load-balancer-internal', 'yes'), {
    message: 'failed to parse bool annotation, service.beta.kubernetes.io/aws-load-balancer-internal: yes: strconv.ParseBool: parsing "yes": invalid syntax',
  });
});

test('int32 is Go\'s', (t) => {
  t.is(get('aws-load-balancer-healthcheck-interval', '30'), 30);
  t.is(get('aws-load-balancer-healthcheck-interval', '-1'), -1);
  t.throws(() => get('aws-load-balancer-healthcheck-interval', '10s'), {
    message: 'failed to parse int32 annotation, service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval: 10s: strconv.ParseInt: parsing "10s": invalid syntax',
  });
  t.throws(() => get('aws-load-balancer-healthcheck-interval', '2147483648'), { message: /parsing "2147483648": value out of range$/ });
});

test('lists are split, trimmed and emptied of nothing', (t) => {
  t.deepEqual(get('aws-load-balancer-subnets', ' a, b ,,c,'), ['a', 'b', 'c']);
  t.deepEqual(get('aws-load-balancer-subnets', ''), []);
  t.is(annotationsOf({}).get('aws-load-balancer-subnets'), undefined);
});

const maps: [raw: string, map: Record<string, string> | undefined][] = [
  ['', {}],
  ['a=b', { a: 'b' }],
  ['a=b,c=d', { a: 'b', c: 'd' }],
  [' a = b , c = d ', { a: 'b', c: 'd' }],
  ['a=b=c,d=e', { a: 'b=c', d: 'e' }],
  ['a=b\\,c=d', { a: 'b,c=d' }],
  ['a=b,', { a: 'b,' }],
  ['a=', { a: '' }],
  ['a=b,c', undefined],
  ['a', undefined],
  ['=b', undefined],
];
for (const [raw, map] of maps) {
  test(`map ${JSON.stringify(raw)}`, (t) => {
    if (map) t.deepEqual(get('aws-load-balancer-attributes', raw), map);
    else t.throws(() => get('aws-load-balancer-attributes', raw), { message: `failed to parse stringMap annotation, ${prefix}aws-load-balancer-attributes: ${raw}` });
  });
}

test('any map without odd characters survives being written and read', (t) => {
  const word = fc.stringMatching(/^[a-z0-9._]{1,8}$/);
  fc.assert(fc.property(fc.dictionary(word, word, { minKeys: 1, noNullPrototype: true }), (map) => {
    const raw = Object.entries(map).map(([key, value]) => `${key}=${value}`).join(',');
    t.deepEqual(stringMap(raw, 'x'), map);
  }));
});

test('slips are found: a variable, an empty range, a name nobody reads', (t) => {
  const found = doubtsOf({
    [`${prefix}aws-load-balancer-scheme`]: 'internal',
    [`${prefix}aws-load-balancer-target-group-attributes.80`]: 'a=b',
    [`${prefix}aws-load-balancer-name`]: '${NAME}',
    [`${prefix}load-balancer-source-ranges`]: null,
    [`${prefix}aws-load-balancer-shceme`]: 'internal',
    'other/annotation': '$X',
  }, [null]);
  t.deepEqual(found.map(({ kind }) => kind), ['unresolved', 'empty', 'unknown', 'empty']);
  t.true(found[0]?.text.includes('${NAME}'));
});
