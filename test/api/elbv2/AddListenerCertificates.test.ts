// AddListenerCertificates: what AWS answers, refuses and does.
import test from 'ava';
import { AddListenerCertificatesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createService, createTls, createWorld, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

const setUp = async () => {
  const world = await createWorld({ quotas: { 'certificates-per-network-load-balancer': 2 } });
  const tls = await createTls(world, pair);
  const ListenerArn = (await tls.create({})).Listeners?.[0]?.ListenerArn;
  const add = (...arns: string[]) => world.api.AddListenerCertificates({ ListenerArn, Certificates: arns.map((CertificateArn) => ({ CertificateArn })) });
  return { world, ...tls, ListenerArn, add };
};

test('shape: the certificate that was added', async (t) => {
  const { world, ListenerArn, imported } = await setUp();
  const CertificateArn = await imported();
  t.deepEqual((await world.sdk.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn }] }))).Certificates, [{ CertificateArn, IsDefault: false }]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { world, add, unknown, CertificateArn, ListenerArn } = await setUp();
  t.is(await refusal(add(unknown)), `CertificateNotFound: Certificate '${unknown}' not found`);
  t.is(await refusal(add('x')), 'ValidationError: Certificate ARN \'x\' is not valid');
  t.is(await refusal(add()), 'ValidationError: A certificate must be specified');
  t.is(await refusal(add(CertificateArn, CertificateArn)), 'TooManyCertificates: Up to \'1\' certificate ARNs can be specified, but \'2\' were specified');
  t.regex(await refusal(world.api.AddListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn, IsDefault: true }] })), /^ValidationError: You cannot specify IsDefault/);
  const plain = await createWorld();
  const { ListenerArn: tcp } = await createService(plain);
  t.regex(await refusal(plain.api.AddListenerCertificates({ ListenerArn: tcp, Certificates: [{ CertificateArn }] })), /^InvalidConfigurationRequest: Certificates are not supported/);
});

test('function: twice is once; the default one may be added; there is a limit', async (t) => {
  const { world, add, imported, CertificateArn, ListenerArn } = await setUp();
  const second = await imported();
  await add(second);
  await add(second);
  await add(CertificateArn);
  const { Certificates } = await world.api.DescribeListenerCertificates({ ListenerArn });
  t.deepEqual(Certificates, [{ CertificateArn, IsDefault: true }, { CertificateArn: second, IsDefault: false }, { CertificateArn, IsDefault: false }]);
  t.is(await refusal(add(await imported())), `TooManyCertificates: The maximum number of certificates '2' has been reached on listener '${ListenerArn}'`);
});
