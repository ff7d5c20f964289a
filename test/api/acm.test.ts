// ACM: what is imported is told again, and what does not fit together is refused.
import test from 'ava';
import { createWorld } from './elbv2/fixture.js';
import { blob, pairOf } from './certificates.js';

const names = { extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'a.example.com' }, { type: 2, value: 'b.example.com' }] }] };
const pair = await pairOf('a.example.com', names);
const other = await pairOf('other.example.com');
const ec = await pairOf('ec.example.com', { keyType: 'ec', curve: 'P-256' });
const authority = await pairOf('authority', { extensions: [{ name: 'basicConstraints', cA: true }] });
const issued = await pairOf('leaf.example.com', { ca: authority });

type Output = {
  CertificateArn: string; Certificate: Record<string, unknown>; CertificateSummaryList: Record<string, unknown>[]; NextToken?: string; __type?: string; message?: string;
};

const setUp = async () => {
  const world = await createWorld();
  const call = (operation: string, input: object) => world.json<Output>(`CertificateManager.${operation}`, input);
  const imported = (from: { cert: string; key: string }, more: object = {}) => call('ImportCertificate', { Certificate: blob(from.cert), PrivateKey: blob(from.key), ...more });
  return { world, call, imported };
};

test('an imported certificate is described, listed and got by what stands in it', async (t) => {
  const { call, imported } = await setUp();
  const CertificateArn = (await imported(pair, { Tags: [{ Key: 'a', Value: 'b' }] })).output.CertificateArn;
  t.regex(String(CertificateArn), /^arn:aws:acm:us-west-2:123456789012:certificate\/[0-9a-f-]{36}$/);
  t.like((await call('DescribeCertificate', { CertificateArn })).output.Certificate, {
    DomainName: 'a.example.com', SubjectAlternativeNames: ['a.example.com', 'b.example.com'], Status: 'ISSUED', Type: 'IMPORTED', KeyAlgorithm: 'RSA_2048',
    SignatureAlgorithm: 'SHA256WITHRSA', InUseBy: [], CreatedAt: Date.UTC(2026, 0, 1) / 1000, Subject: 'CN=a.example.com',
  });
  await imported(ec);
  t.is((await call('ListCertificates', {})).output.CertificateSummaryList.length, 1, 'RSA keys only, unless others are asked for');
  const all = { Includes: { keyTypes: ['RSA_2048', 'EC_prime256v1'] } };
  t.is((await call('ListCertificates', all)).output.CertificateSummaryList.length, 2);
  const page = (await call('ListCertificates', { ...all, MaxItems: 1 })).output;
  t.is((await call('ListCertificates', { ...all, NextToken: page.NextToken })).output.CertificateSummaryList[0]?.['DomainName'], 'ec.example.com');
  t.is(String((await call('GetCertificate', { CertificateArn })).output.Certificate).trim(), pair.cert.replaceAll('\r', '').trim());
  t.deepEqual((await call('ListTagsForCertificate', { CertificateArn })).output, { Tags: [{ Key: 'a', Value: 'b' }] } as never);
  await call('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'c' }] });
  await call('RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'a' }] });
  t.deepEqual((await call('ListTagsForCertificate', { CertificateArn })).output, { Tags: [{ Key: 'c', Value: '' }] } as never);
  t.is((await imported(other, { CertificateArn })).output.CertificateArn, CertificateArn);
  t.is((await call('DescribeCertificate', { CertificateArn })).output.Certificate['DomainName'], 'other.example.com');
  t.is((await call('DeleteCertificate', { CertificateArn })).status, 200);
  t.like(await call('DescribeCertificate', { CertificateArn }), { status: 400, output: { __type: 'ResourceNotFoundException', message: `Could not find certificate ${CertificateArn}.` } });
});

test('what does not fit together is refused', async (t) => {
  const { world, call, imported } = await setUp();
  const no = async (from: { cert: string; key: string }, more: object = {}) => {
    const { output, status } = await imported(from, more);
    return `${status} ${output.__type}: ${output.message}`;
  };
  t.is(await no({ cert: 'x', key: pair.key }), '400 ValidationException: The certificate field is not a valid PEM certificate.');
  t.is(await no({ cert: pair.cert.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'), key: pair.key }), '400 ValidationException: The certificate field is not a valid PEM certificate.');
  t.regex(await no({ cert: `${pair.cert}\n${other.cert}`, key: pair.key }), /contains more than one certificate/);
  t.regex(await no({ cert: pair.cert, key: 'x' }), /private key is not supported/);
  t.is(await no({ cert: pair.cert, key: other.key }), '400 ValidationException: The certificate and the private key do not match.');
  t.regex(await no(pair, { CertificateChain: blob(other.cert) }), /Could not validate the certificate with the certificate chain/);
  t.regex(await no(pair, { CertificateChain: blob('x') }), /chain field is not a list/);
  t.is((await imported(issued, { CertificateChain: blob(authority.cert) })).status, 200);
  t.like((await call('ImportCertificate', {})).output, { __type: 'ValidationException' });
  t.like((await call('DescribeCertificate', { CertificateArn: 'x' })).output, { __type: 'InvalidArnException' });
  t.like((await call('Nope', {})).output, { __type: 'UnknownOperationException' });
  t.like((await world.json('Nope.Nope', {})).output, { __type: 'UnknownOperationException' });
  const broken = await world.dispatch.answer({ body: '{', target: 'CertificateManager.ListCertificates' });
  t.is(broken.headers['Content-Type'], 'application/x-amz-json-1.1');
  t.true(broken.body.toString().includes('SerializationException'));
  await world.clock.advance(400 * 24 * 3_600_000);
  t.regex(await no(pair), /has expired/);
});
