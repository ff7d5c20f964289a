// The AWS endpoint and its neighbours over real HTTP: bodies, headers, guards, stop, and a taken port.
import http from 'node:http';
import test from 'ava';
import { UserError } from '../../emulator/errors.js';
import { portOwner } from '../../emulator/web/port-owner.js';
import { openDoor, raw } from './doorway.js';

const form = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };

test('POST and GET with a query reach the AWS endpoint with their text untouched', async (t) => {
  const { url, seen } = await openDoor(t);
  const body = 'Action=DescribeLoadBalancers&Names.member.1=a%26b&Empty=';
  const answer = await fetch(`${url}/`, { method: 'POST', headers: { ...form, Authorization: 'AWS4-HMAC-SHA256 x' }, body });
  t.is(await answer.text(), '<Answer/>');
  t.is(answer.headers.get('content-type'), 'text/xml');
  t.is(answer.headers.get('x-amzn-requestid'), 'r-1');
  t.is(answer.headers.get('x-nlb-emulator'), '1.2.3');
  t.is(answer.headers.get('x-powered-by'), null);
  t.is(answer.headers.get('etag'), null);
  await fetch(`${url}/?${body}`);
  t.deepEqual(seen.map((request) => [request.body, request.query]), [[body, ''], ['', body]]);
  t.is(seen[0]?.authorization, 'AWS4-HMAC-SHA256 x');
});

test('an empty body arrives as empty text, a large one is refused in the shape of AWS', async (t) => {
  const { url, seen } = await openDoor(t);
  await fetch(`${url}/`, { method: 'POST' });
  t.is(seen[0]?.body, '');
  const big = await fetch(`${url}/`, { method: 'POST', headers: form, body: 'x'.repeat(1024 * 1024) });
  t.is(big.status, 200);
  const tooBig = await fetch(`${url}/`, { method: 'POST', headers: form, body: 'x'.repeat(1024 * 1024 + 1) });
  t.is(tooBig.status, 413);
  t.regex(await tooBig.text(), /^<Error><Code>RequestEntityTooLarge<\/Code>/);
  const more = await fetch(`${url}/`, { method: 'POST', headers: { 'x-amz-target': 'CertificateManager.ImportCertificate' }, body: 'x'.repeat(1024 * 1024 + 1) });
  t.is(more.status, 200, 'how much is too much is for the service to say');
  const packed = await fetch(`${url}/`, { method: 'POST', headers: { ...form, 'Content-Encoding': 'gzip' }, body: 'x' });
  t.is(packed.status, 415);
  t.is(seen.length, 3);
});

test('a failing operation is an internal error in the shape of AWS, not a stack', async (t) => {
  const { url } = await openDoor(t, { answer: () => Promise.reject(new Error('deep inside')) });
  const answer = await fetch(`${url}/`, { method: 'POST', body: 'Action=X' });
  t.is(answer.status, 500);
  const text = await answer.text();
  t.regex(text, /InternalFailure/);
  t.notRegex(text, /deep inside/);
});

test('trouble within trouble ends the connection, not the process', async (t) => {
  const fail = () => {
    throw new Error('deep inside');
  };
  const { url } = await openDoor(t, { answer: fail, refuse: fail });
  await t.throwsAsync(fetch(`${url}/`, { method: 'POST', body: 'Action=X' }));
  t.is((await fetch(`${url}/_nlb/health`)).status, 200);
});

test('several requests travel on one connection', async (t) => {
  const { port } = await openDoor(t);
  const one = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8\r\n\r\nAction=A';
  const last = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 8\r\n\r\nAction=B';
  t.is((await raw(port, one + last)).match(/<Answer\/>/g)?.length, 2);
});

test('health, its LocalStack alias, info and unknown paths', async (t) => {
  const { url } = await openDoor(t, { metrics: async () => ({ contentType: 'text/plain', body: 'up 1\n' }) });
  for (const path of ['/_nlb/health', '/_localstack/health'])
    t.deepEqual(await (await fetch(url + path)).json(), { services: { elbv2: 'running' }, version: '1.2.3' });
  t.deepEqual(await (await fetch(`${url}/_nlb/info`)).json(), { region: 'us-west-2' });
  t.is(await (await fetch(`${url}/metrics`)).text(), 'up 1\n');
  const unknown = await fetch(`${url}/nothing`);
  t.is(unknown.status, 404);
  t.regex(await unknown.text(), /health is at \/_nlb\/health/);
});

test('stop needs the token of the run', async (t) => {
  const { url, stops } = await openDoor(t);
  t.is((await fetch(`${url}/_nlb/stop`, { method: 'POST' })).status, 403);
  t.is((await fetch(`${url}/_nlb/stop`, { method: 'POST', headers: { 'x-nlbox-token': 'secreu' } })).status, 403);
  t.deepEqual(stops, []);
  const answer = await fetch(`${url}/_nlb/stop`, { method: 'POST', headers: { 'x-nlbox-token': 'secret' } });
  t.deepEqual([answer.status, await answer.json()], [202, { stopping: true }]);
  await fetch(`${url}/_nlb/health`);
  t.deepEqual(stops, ['stop']);
});

const statusWith = (port: number, headers: http.OutgoingHttpHeaders, path = '/', method = 'POST'): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (answer) => (answer.resume(), resolve(answer.statusCode)));
    request.on('error', reject).end('Action=A');
  });

test('requests that a web page makes a browser send are refused', async (t) => {
  const { port, seen } = await openDoor(t, { publicHost: 'nlbox.internal:4566' });
  const refused: http.OutgoingHttpHeaders[] = [
    { Host: 'evil.example' }, { Host: 'evil.example:4566' }, { Host: '127.0.0.1.evil.example' },
    { Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: 'http://localhost.evil.example' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: `http://127.0.0.1:${port}`, 'Content-Type': 'text/plain' }, { Origin: 'http://localhost', 'Content-Type': form['Content-Type'] },
  ];
  for (const headers of refused) t.is(await statusWith(port, headers), 403, JSON.stringify(headers));
  t.is(await statusWith(port, { Host: 'evil.example', 'x-nlbox-token': 'secret' }, '/_nlb/stop'), 403);
  t.is(seen.length, 0);
  const accepted: http.OutgoingHttpHeaders[] = [
    {}, { Host: 'localhost:1' }, { Host: '[::1]:4566' }, { Host: 'NLBOX.internal' }, { 'Sec-Fetch-Site': 'same-origin' },
    { Host: 'elasticloadbalancing.localhost', ...form }, { Origin: 'http://localhost:3000', 'Content-Type': 'application/json' },
  ];
  for (const headers of accepted) t.is(await statusWith(port, headers), 200, JSON.stringify(headers));
});

const everywhere = ['/', '/?Action=DescribeLoadBalancers', '/_nlb/health', '/_nlb/info', '/_nlb/history', '/_nlb/stop', '/_localstack/health', '/metrics', '/clusters/eks-workshop', '/nothing'];

test('no endpoint, of AWS or of ours, listens to a web page of another origin', async (t) => {
  const { port, seen, stops } = await openDoor(t, { metrics: async () => ({ contentType: 'text/plain', body: '' }) });
  const page = { Origin: 'https://evil.example', 'x-nlbox-token': 'secret', Authorization: 'AWS4-HMAC-SHA256 x' };
  const hostile: http.OutgoingHttpHeaders[] = [page, { ...page, Origin: 'null' }, { Host: 'evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: `http://127.0.0.1:${port}`, 'Content-Type': 'text/plain', 'x-nlbox-token': 'secret' }];
  for (const path of everywhere) for (const headers of hostile) t.is(await statusWith(port, headers, path), 403, `${path} ${JSON.stringify(headers)}`);
  for (const path of everywhere) for (const headers of hostile.slice(0, 4)) t.is(await statusWith(port, headers, path, 'GET'), 403, `GET ${path} ${JSON.stringify(headers)}`);
  t.is(await statusWith(port, page, '/', 'OPTIONS'), 403, 'a preflight is not answered');
  t.deepEqual([seen.length, stops], [0, []]);
});

test('a taken port is a sentence that names who holds it', async (t) => {
  const { port } = await openDoor(t);
  const error = await t.throwsAsync(openDoor(t, { port }), { instanceOf: UserError });
  t.regex(error?.message ?? '', new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken by `));
  if (process.platform !== 'linux') return t.log('only Linux names the process');
  t.true(error?.message.includes(`by process ${process.pid} (`));
  t.is(portOwner(port)?.pid, process.pid);
  t.is(error?.hint, `Stop it with \`kill ${process.pid}\`, or choose another port with --port.`);
});

test('nobody holds a free port', async (t) => {
  const { port, door } = await openDoor(t);
  await door.close();
  t.is(portOwner(port), undefined);
});

test('closing the door ends idle connections too', async (t) => {
  const { port, door } = await openDoor(t);
  const ended = raw(port, 'GET /_nlb/health HTTP/1.1\r\nHost: localhost\r\n\r\n').catch(() => '');
  await fetch(`http://127.0.0.1:${port}/_nlb/health`);
  await door.close();
  t.is(typeof (await ended), 'string');
});

test('what JSON and REST services are told by reaches the API; our own paths stay ours', async (t) => {
  const { url, seen } = await openDoor(t);
  const signature = { authorization: 'AWS4-HMAC-SHA256 x' };
  await fetch(url, { method: 'POST', body: '{}', headers: { ...signature, 'x-amz-target': 'CertificateManager.ListCertificates', 'content-type': 'application/x-amz-json-1.1' } });
  await fetch(`${url}/clusters/one?a=b`, { headers: signature });
  t.deepEqual(seen.map(({ method, path, query, target }) => [method, path, query, target]), [
    ['POST', '/', '', 'CertificateManager.ListCertificates'],
    ['GET', '/clusters/one', 'a=b', undefined],
  ]);
  t.is((await fetch(`${url}/_nlb/health`, { headers: signature })).status, 200);
  t.is((await fetch(`${url}/clusters`)).status, 404);
  t.is(seen.length, 2);
});
