import test, { type ExecutionContext } from 'ava';
import { startServer, type TestServer } from './server.js';

const group = 'elbv2.k8s.aws';
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `targetgroupbindings.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'TargetGroupBinding', plural: 'targetgroupbindings' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'SERVICE-NAME', type: 'string', jsonPath: '.spec.serviceRef.name' },
          { name: 'ARN', type: 'string', jsonPath: '.spec.targetGroupARN', priority: 1 },
          { name: 'AGE', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['serviceRef'],
                properties: {
                  serviceRef: { type: 'object', required: ['port'], properties: { name: { type: 'string' }, port: { 'x-kubernetes-int-or-string': true } } },
                  targetGroupARN: { type: 'string', minLength: 1 },
                  targetType: { type: 'string', enum: ['instance', 'ip'], default: 'ip' },
                },
              },
              status: { type: 'object', properties: { observedGeneration: { type: 'integer', format: 'int64' } } },
            },
          },
        },
      },
    ],
  },
};
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const bindings = `/apis/${group}/v1beta1/namespaces/default/targetgroupbindings`;
const binding = (spec: object): object => ({ apiVersion: `${group}/v1beta1`, kind: 'TargetGroupBinding', metadata: { name: 'b' }, spec });
const good = { serviceRef: { name: 's', port: 80 }, targetGroupARN: 'arn' };

const started = async (t: ExecutionContext): Promise<TestServer> => {
  const server = await startServer();
  t.teardown(() => server.server.close());
  const { code, body } = await server.call('POST', definitions, crd);
  t.is(code, 201);
  t.like(body, { spec: { names: { singular: 'targetgroupbinding', listKind: 'TargetGroupBindingList' } } });
  return server;
};

test('a definition is served at once, in discovery and OpenAPI too', async (t) => {
  const { call } = await started(t);
  t.like((await call('GET', bindings)).body, { kind: 'TargetGroupBindingList', items: [] });
  const { text } = await call('GET', '/apis', undefined, { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' });
  t.true(text.includes('"resource":"targetgroupbindings"'));
  const index = (await call('GET', '/openapi/v3')).body.paths as Record<string, { serverRelativeURL: string }>;
  const document = await call('GET', index[`apis/${group}/v1beta1`]?.serverRelativeURL ?? '');
  t.true(document.text.includes('serviceRef'));
  t.false(document.text.includes('strategic-merge-patch'));
});

test('objects are defaulted, pruned and checked by the schema', async (t) => {
  const { call } = await started(t);
  const { body } = await call('POST', bindings, binding({ ...good, unknown: 1 }));
  t.deepEqual(body.spec, { ...good, targetType: 'ip' });
  const wrong = await call('POST', bindings, binding({ targetGroupARN: '', targetType: 'lambda' }));
  t.is(
    wrong.body.message,
    'TargetGroupBinding.elbv2.k8s.aws "b" is invalid: [spec.serviceRef: Required value, spec.targetGroupARN: Invalid value: "": spec.targetGroupARN in body should be at least 1 chars long, spec.targetType: Unsupported value: "lambda": supported values: "instance", "ip"]',
  );
});

test('status and generation are kept apart, and columns are printed', async (t) => {
  const { call } = await started(t);
  await call('POST', bindings, binding(good));
  const merge = { 'content-type': 'application/merge-patch+json' };
  const status = await call('PATCH', `${bindings}/b/status`, { status: { observedGeneration: 1 }, spec: { targetGroupARN: 'other' } }, merge);
  t.like(status.body, { metadata: { generation: 1 }, spec: { targetGroupARN: 'arn' }, status: { observedGeneration: 1 } });
  const changed = await call('PATCH', `${bindings}/b`, { spec: { targetGroupARN: 'other' } }, merge);
  t.like(changed.body, { metadata: { generation: 2 }, status: { observedGeneration: 1 } });
  const { body } = await call('GET', bindings, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  t.like(body, { kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'SERVICE-NAME' }, { name: 'ARN', priority: 1 }, { name: 'AGE' }] });
  t.deepEqual((body.rows as { cells: unknown[] }[])[0]?.cells.slice(0, 3), ['b', 's', 'other']);
});

test('strategic patches are refused, and objects go with their definition', async (t) => {
  const { call } = await started(t);
  await call('POST', bindings, binding(good));
  const strategic = await call('PATCH', `${bindings}/b`, { spec: {} }, { 'content-type': 'application/strategic-merge-patch+json' });
  t.is(strategic.code, 415);
  await call('DELETE', `${definitions}/targetgroupbindings.${group}`);
  const gone = await call('GET', bindings);
  t.is(gone.code, 404);
  t.is(gone.text, '404 page not found\n');
  await call('POST', definitions, crd);
  t.is((await call('GET', `${bindings}/b`)).code, 404);
});

test('a protobuf body is refused in the words of the decoder: custom resources have no such form', async (t) => {
  const { call } = await started(t);
  const { code, body } = await call('POST', bindings, Buffer.from('k8s\0'), { 'content-type': 'application/vnd.kubernetes.protobuf' });
  t.is(code, 400);
  t.is(body.message, 'TargetGroupBinding in version "v1beta1" cannot be handled as a TargetGroupBinding: object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message');
});

test('a definition may be applied from the server\'s side after it was created', async (t) => {
  const { call } = await started(t);
  const type = { 'content-type': 'application/apply-patch+yaml' };
  const path = `${definitions}/targetgroupbindings.${group}`;
  const whole = { ...crd, spec: { ...crd.spec, conversion: { strategy: 'None' } } };
  for (const body of [whole, crd]) {
    const { code, body: reply } = await call('PATCH', `${path}?fieldManager=me&force=true`, JSON.stringify(body), type);
    t.is(code, 200, String(reply.message));
    t.like(reply, { spec: { conversion: { strategy: 'None' } } });
  }
});
