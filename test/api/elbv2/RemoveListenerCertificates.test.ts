// RemoveListenerCertificates: what AWS answers, refuses and does.
import test from 'ava';
import { RemoveListenerCertificatesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createTls, createWorld, nowhere, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

const setUp = async () => {
  const world = await createWorld();
  const tls = await createTls(world, pair);
  const ListenerArn = (await tls.create({})).Listeners?.[0]?.ListenerArn ?? '';
  const second = await tls.imported();
  await world.api.AddListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: second }] });
  const remove = (CertificateArn: string) => world.api.RemoveListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn }] });
  return { world, ...tls, ListenerArn, second, remove };
};

test('shape: an empty result, of one that is not there too', async (t) => {
  const { world, ListenerArn, unknown } = await setUp();
  const { $metadata, ...output } = await world.sdk.send(new RemoveListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn: unknown }] }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: the default one stays', async (t) => {
  const { world, remove, CertificateArn, ListenerArn } = await setUp();
  t.is(await refusal(remove(CertificateArn)), 'OperationNotPermitted: Default certificate cannot be removed');
  t.is(await refusal(world.api.RemoveListenerCertificates({ ListenerArn: nowhere(ListenerArn), Certificates: [{ CertificateArn }] })), 'ListenerNotFound: One or more listeners not found');
});

test('function: a certificate is in use until it is removed', async (t) => {
  const { world, remove, second } = await setUp();
  const destroy = () => world.json('CertificateManager.DeleteCertificate', { CertificateArn: second });
  t.like(await destroy(), { status: 400, output: { __type: 'ResourceInUseException' } });
  await remove(second);
  t.is((await destroy()).status, 200);
});
