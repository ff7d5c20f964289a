// DescribeListenerCertificates: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeListenerCertificatesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createService, createTls, createWorld, nowhere, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

test('shape: the default one first; none on other protocols', async (t) => {
  const world = await createWorld();
  const { create, CertificateArn } = await createTls(world, pair);
  const ListenerArn = (await create({})).Listeners?.[0]?.ListenerArn;
  t.deepEqual((await world.sdk.send(new DescribeListenerCertificatesCommand({ ListenerArn }))).Certificates, [{ CertificateArn, IsDefault: true }]);
  const plain = await createWorld();
  t.deepEqual((await plain.api.DescribeListenerCertificates({ ListenerArn: (await createService(plain)).ListenerArn })).Certificates, []);
});

test('checks: malformed and unknown', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  t.is(await refusal(world.api.DescribeListenerCertificates({ ListenerArn: 'x' })), 'ValidationError: \'x\' is not a valid listener ARN');
  t.is(await refusal(world.api.DescribeListenerCertificates({ ListenerArn: nowhere(ListenerArn) })), 'ListenerNotFound: One or more listeners not found');
});

test('function: page by page', async (t) => {
  const world = await createWorld();
  const { create, imported, CertificateArn } = await createTls(world, pair);
  const ListenerArn = (await create({})).Listeners?.[0]?.ListenerArn;
  const second = await imported();
  await world.api.AddListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: second }] });
  const page = await world.api.DescribeListenerCertificates({ ListenerArn, PageSize: 1 });
  const rest = await world.api.DescribeListenerCertificates({ ListenerArn, PageSize: 1, Marker: page.NextMarker });
  t.deepEqual([page.Certificates?.[0]?.CertificateArn, rest.Certificates?.[0]?.CertificateArn, rest.NextMarker], [CertificateArn, second, undefined]);
});
