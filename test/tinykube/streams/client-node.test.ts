// The published JavaScript client against running pods: exec, logs that are followed, and a forwarded port.
import net from 'node:net';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import test from 'ava';
import type { Hooks } from '../../../emulator/tinykube/api/services.js';
import { readyPods, startCluster, ui } from '../cluster.js';
import { startServer } from '../api/server.js';

const text = (stream: PassThrough): (() => string) => {
  let seen = '';
  stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  return () => seen;
};

test('client-node: a command with input and output, its end; a log that is followed; a port', async (t) => {
  const hooks: Hooks = {};
  const server = await startServer({ hooks });
  t.teardown(() => server.server.close());
  const { api, nodes } = await startCluster(t, { api: server.server.api });
  Object.assign(hooks, { exec: nodes.exec, dial: nodes.dial, logs: nodes.readLog } satisfies Hooks);
  api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', namespace: 'default', labels: { app: 'one' } }, spec: { containers: [{ name: 'main', image: ui, ports: [{ containerPort: 8080 }] }] } });
  await readyPods(api, 'one', 1);
  const config = new k8s.KubeConfig();
  config.loadFromString(server.kubeconfig);

  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const [out, errors] = [text(stdout), text(stderr)];
  const ended = new Promise<k8s.V1Status>((resolve) => {
    void new k8s.Exec(config).exec('default', 'one', 'main', ['sh', '-c', 'read line; echo got $line; echo oh >&2; exit 5'], stdout, stderr, stdin, false, resolve);
  });
  stdin.write('hello\n');
  t.like(await ended, { status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '5' }] } });
  t.deepEqual([out(), errors()], ['got hello\n', 'oh\n']);

  const forward = new k8s.PortForward(config);
  const door = net.createServer((socket) => void forward.portForward('default', 'one', [8080], socket, null, socket)).listen(0, '127.0.0.1');
  await once(door, 'listening');
  t.teardown(() => void door.close());
  const client = net.connect((door.address() as net.AddressInfo).port, '127.0.0.1');
  client.write('GET /whoami HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  let answer = '';
  client.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(client, 'data');
  t.true(answer.startsWith('HTTP/1.1 200 OK'));
  client.destroy();

  const log = new PassThrough();
  const seen = text(log);
  const request = await new k8s.Log(config).log('default', 'one', 'main', log, { follow: true, tailLines: 1 });
  if (!seen().includes('/whoami')) await once(log, 'data');
  t.regex(seen(), /"GET \/whoami" 200\n/);
  request.abort();
});
