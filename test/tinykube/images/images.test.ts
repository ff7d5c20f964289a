// Every image of the table opens its ports and answers as its real one would where examples and network tests look.
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { manualClock } from '../../../emulator/clock.js';
import { builtInImages, cannotRun, findImage, shortName } from '../../../emulator/tinykube/images/table.js';
import type { ContainerContext, Image } from '../../../emulator/tinykube/images/types.js';
import { freeBlock } from '../../support/nlbox.js';
import { fetchText } from '../cluster.js';

const freePort = async (host: string): Promise<number> => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const contextOf = (given: Partial<ContainerContext> & { listen: string }): ContainerContext => ({
  namespace: 'shop', pod: 'web-1', container: 'main', image: 'any', node: 'n', zone: 'us-west-2a', podIP: '10.42.9.9', podPort: (port) => port, ports: [], udpPorts: [], command: [], args: [], env: {}, surroundings: () => ({}), stdin: false, tty: false, connect: () => undefined, guard: { watch: () => {} },
  directory: () => '', clock: manualClock(), unproject: (address) => address.replace(/^127\.\d+/, '10.42'), log: () => {}, ...given,
});

const imageOf = (reference: string): Image => {
  const image = findImage(builtInImages, reference);
  if (!image) throw new Error(`no stand-in for ${reference}`);
  return image;
};

type Given = Partial<Pick<ContainerContext, 'args' | 'env'>>;

/** Starts an image on a port of its own, TCP or UDP. */
const start = async (t: ExecutionContext, image: string, given: Given & { udp?: boolean } = {}) => {
  const listen = `127.${await freeBlock()}.9.9`;
  const port = await freePort(listen);
  const { udp = false, ...rest } = given;
  const running = await imageOf(image).start(contextOf({ listen, ...(udp ? { udpPorts: [port] } : { ports: [port] }), ...rest }));
  t.teardown(() => running.kill());
  return { listen, port };
};

const get = async (t: ExecutionContext, image: string, path: string, given?: Given) => {
  const { listen, port } = await start(t, image, given);
  return fetchText(listen, port, path);
};

test('servers of pages answer at / and say 404 elsewhere', async (t) => {
  for (const image of ['nginx', 'public.ecr.aws/nginx/nginx-unprivileged:1.27', 'httpd:2.4', 'nginxdemos/hello']) {
    const { listen, port } = await start(t, image);
    const home = await fetchText(listen, port, '/');
    t.is(home.status, 200, image);
    t.true(home.body.includes('shop/web-1'), image);
    t.is((await fetchText(listen, port, '/nowhere')).status, 404, image);
  }
});

test('the images of older base applications pass their probes', async (t) => {
  t.is((await get(t, 'public.ecr.aws/aws-containers/retail-store-sample-assets:0.4.0', '/health.html')).status, 200);
  const { listen, port } = await start(t, 'public.ecr.aws/docker/library/rabbitmq:3-management');
  const socket = net.connect(port, listen);
  await once(socket, 'connect');
  socket.destroy();
  t.pass();
});

test('echo servers and examples say what theirs say', async (t) => {
  t.is((await get(t, 'hashicorp/http-echo:1.0', '/any', { args: ['-text=apple'] })).body, 'apple\n');
  t.regex((await get(t, 'us-docker.pkg.dev/google-samples/containers/gke/hello-app:1.0', '/')).body, /^Hello, world!\nVersion: 1\.0\.0\nHostname: web-1\n$/);
  t.is((await get(t, 'networking-e2e-test-images/hello-multi:latest', '/any-path')).status, 200);
  t.is((await get(t, 'colorteller:latest', '/', { env: { COLOR: 'blue' } })).body, 'blue');
  t.regex((await get(t, 'traefik/whoami', '/x')).body, /^Hostname: web-1\n[^]*GET \/x HTTP\/1\.1\n/);
  t.like(JSON.parse((await get(t, 'stefanprodan/podinfo:6.7.0', '/')).body), { hostname: 'web-1' });
  t.is((await get(t, 'stefanprodan/podinfo:6.7.0', '/readyz')).status, 200);
  for (const image of ['ealen/echo-server', 'registry.k8s.io/echoserver:1.10']) t.like(JSON.parse((await get(t, image, '/p')).body), { http: { method: 'GET', path: '/p' } });
});

test('http-echo listens where its flag says', async (t) => {
  const listen = `127.${await freeBlock()}.9.9`;
  const port = await freePort(listen);
  const running = await imageOf('http-echo').start(contextOf({ listen, ports: [1], args: ['-text', 'pear', '-listen', `:${port}`] }));
  t.teardown(() => running.kill());
  t.is((await fetchText(listen, port, '/')).body, 'pear\n');
});

const ask = async (host: string, port: number, text: string): Promise<string> => {
  const socket = dgram.createSocket('udp4');
  socket.send(text, port, host);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return answer.toString();
};

test('datagrams are echoed, and agnhost answers its words', async (t) => {
  const echo = await start(t, 'public.ecr.aws/u6k2n8q7/nixozach/udp-echoserver:latest', { udp: true });
  t.is(await ask(echo.listen, echo.port, 'one'), 'one');
  const host = `127.${await freeBlock()}.9.8`;
  const [http, udp] = [await freePort(host), await freePort(host)];
  const running = await imageOf('agnhost').start(contextOf({ listen: host, args: ['netexec', `--http-port=${http}`, `--udp-port=${udp}`] }));
  t.is(await ask(host, udp, 'echo hi'), 'hi');
  t.is(await ask(host, udp, 'hostname'), 'web-1');
  t.is((await fetchText(host, http, '/hostName')).body, 'web-1');
  await running.stop();
  await t.throwsAsync(fetchText(host, http, '/'), { code: 'ECONNREFUSED' });
});

test('a container whose UDP port is taken opens no TCP port either', async (t) => {
  const taken = await start(t, 'udp-echoserver', { udp: true });
  const http = await freePort(taken.listen);
  const starting = imageOf('agnhost').start(contextOf({ listen: taken.listen, ports: [http], udpPorts: [taken.port] }));
  await t.throwsAsync(starting, { code: 'EADDRINUSE' });
  await t.throwsAsync(fetchText(taken.listen, http, '/'), { code: 'ECONNREFUSED' });
});

test('a loop whose waiting is not understood takes a turn each second, and keeps nobody', async (t) => {
  const clock = manualClock();
  const lines: string[] = [];
  const command = ['sh', '-c', 'while true; do echo x; (sleep 5); done'];
  const running = await imageOf('busybox').start(contextOf({ listen: '127.0.0.1', command, clock, log: (line) => void lines.push(line) }));
  t.teardown(() => running.kill());
  const passes = async (): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve));
    return lines.filter((line) => line === 'x').length;
  };
  t.is(await passes(), 1);
  await clock.advance(1000);
  t.is(await passes(), 2);
});

test('an image is known by the last part of its name; one that is not is named with what can run', (t) => {
  t.is(shortName('public.ecr.aws/aws-containers/retail-store-sample-ui:1.2.1@sha256:0'), 'retail-store-sample-ui');
  t.is(findImage(builtInImages, 'example.com/unknown:1'), undefined);
  t.regex(cannotRun(builtInImages, 'example.com/unknown:1'), /none for "unknown"[^]*nginx/);
});

test('the README names every image', (t) => {
  const readme = fs.readFileSync('README.md', 'utf8');
  for (const { name } of builtInImages) t.true(readme.includes(`\`${name.replace(/^retail-store-sample(?=-(cart|catalog|checkout|orders|assets)$)/, '')}\``), name);
});
