// Security policies by real handshakes: a listener negotiates what the catalogue says, in its order, and nothing else.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { policyTerms } from '../../emulator/plan/tls.js';
import { sslPolicies, type SslPolicy } from '../../emulator/state/ssl-policies.js';
import { createCertificates } from '../../emulator/tinykube/api/certificates.js';

const pair = createCertificates(systemClock.now());

const serve = async (t: ExecutionContext, name: string): Promise<number> => {
  const server = tls.createServer({ ...pair, ...policyTerms(name), honorCipherOrder: true }, (socket) => void socket.on('error', () => {}).end());
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

/** Version and cipher of a handshake, or the word `refused`. */
const negotiate = async (port: number, options: tls.ConnectionOptions): Promise<string> => {
  const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }).on('error', () => {});
  const connected = await Promise.race([once(client, 'secureConnect').then(() => true, () => false), once(client, 'close').then(() => false)]);
  const said = connected ? `${client.getProtocol()} ${client.getCipher().standardName}` : 'refused';
  client.destroy();
  return said;
};

const everything = 'ALL:@SECLEVEL=0';

/** The best one up to TLS 1.2 for a certificate with an elliptic curve, as the one here has. */
const bestOf = ({ ciphers }: SslPolicy): string | undefined => ciphers.find((name) => name.startsWith('ECDHE-ECDSA'));

for (const policy of sslPolicies.values()) {
  test(`${policy.name}: its versions, its ciphers in its order, and no others`, async (t) => {
    const port = await serve(t, policy.name);
    t.regex(await negotiate(port, { minVersion: 'TLSv1', ciphers: `${everything}:TLS_AES_128_GCM_SHA256` }), new RegExp(`^TLSv${policy.highest.replace('.', '\\.')} `));
    const below = { '1': undefined, '1.1': 'TLSv1', '1.2': 'TLSv1.1', '1.3': 'TLSv1.2' } as const;
    const lower = below[policy.lowest];
    if (lower) t.is(await negotiate(port, { minVersion: 'TLSv1', maxVersion: lower, ciphers: everything }), 'refused');
    const first = bestOf(policy);
    if (!first) return;
    const best = await negotiate(port, { maxVersion: 'TLSv1.2', ciphers: first });
    t.is(await negotiate(port, { maxVersion: 'TLSv1.2', ciphers: `DEFAULT:${everything}` }), best, 'the server chooses');
    const old = 'ECDHE-ECDSA-AES128-SHA';
    t.is(await negotiate(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', ciphers: `${old}:@SECLEVEL=0` }) === 'refused', !policy.ciphers.includes(old));
  });
}
