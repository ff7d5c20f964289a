import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import test from 'ava';
import { accessOf, plainAccess } from '../../emulator/kube/access.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const config = (cluster: object, user: object, more: object = {}): string =>
  stringify({
    clusters: [{ name: 'other', cluster: { server: 'https://other' } }, { name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
    ...more,
  });

test('a token and an authority are read without client-node', async (t) => {
  const access = plainAccess(config({ 'certificate-authority-data': base64('authority') }, { token: 'secret' }));
  t.is(access?.server, 'https://127.0.0.1:6443');
  t.deepEqual(await access?.credentials(), { ca: Buffer.from('authority'), headers: { Authorization: 'Bearer secret' } });
});

test('a client certificate, as kind writes it, is read too', async (t) => {
  const access = plainAccess(config({}, { 'client-certificate-data': base64('certificate'), 'client-key-data': base64('key') }));
  t.deepEqual(await access?.credentials(), { cert: Buffer.from('certificate'), key: Buffer.from('key') });
});

test('a server that is not to be verified is not', async (t) => {
  t.deepEqual(await plainAccess(config({ 'insecure-skip-tls-verify': true }, {}))?.credentials(), { rejectUnauthorized: false });
});

test('client-node reads the rest', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-access-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'config'), config({ 'tls-server-name': 'kubernetes' }, { username: 'me', password: 'secret' }));
  const access = await accessOf(path.join(folder, 'config'));
  t.is(access.server, 'https://127.0.0.1:6443');
  t.like(await access.credentials(), { servername: 'kubernetes', auth: 'me:secret' });
});

test('what takes more is left to client-node', (t) => {
  t.is(plainAccess(config({ 'proxy-url': 'http://proxy' }, { token: 'secret' })), undefined);
  t.is(plainAccess(config({}, { exec: { command: 'aws' } })), undefined);
  t.is(plainAccess(config({}, { token: 'secret' }, { 'current-context': 'none' })), undefined);
  t.is(plainAccess(''), undefined);
});
