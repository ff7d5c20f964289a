import { createPrivateKey, X509Certificate } from 'node:crypto';
import test from 'ava';
import { createCertificates } from '../../../emulator/tinykube/api/certificates.js';

const now = Date.parse('2026-01-15T10:30:00Z');

test('the server certificate is good for this machine and signed by the authority', (t) => {
  const { ca, cert, key } = createCertificates(now, { names: ['hook.default.svc'], addresses: ['127.1.2.3'] });
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
  t.true(authority.ca);
  t.true(authority.verify(authority.publicKey));
  t.false(server.ca);
  t.true(server.checkIssued(authority));
  t.true(server.verify(authority.publicKey));
  t.true(server.checkPrivateKey(createPrivateKey(key)));
  t.is(server.subjectAltName, 'DNS:localhost, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, DNS:hook.default.svc, IP Address:127.0.0.1, IP Address:127.1.2.3');
  t.is(server.subject, 'CN=kube-apiserver');
  t.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1']);
});

test('certificates live from a day ago for ten years, also where the year takes four digits', (t) => {
  const life = (at: number) => {
    const { validFrom, validTo } = new X509Certificate(createCertificates(at).cert);
    return [validFrom, validTo];
  };
  t.deepEqual(life(now), ['Jan 14 10:30:00 2026 GMT', 'Jan 13 10:30:00 2036 GMT']);
  t.deepEqual(life(Date.parse('2045-01-15T10:30:00Z')), ['Jan 14 10:30:00 2045 GMT', 'Jan 13 10:30:00 2055 GMT']);
});

test('no two certificates share a serial number', (t) => {
  const serials = Array.from({ length: 5 }, () => new X509Certificate(createCertificates(now).cert).serialNumber);
  t.is(new Set(serials).size, 5);
});
