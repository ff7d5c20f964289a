// The shim without sockets: real SDK clients against an endpoint in this process, the preload in a process of its own, and the types.
import { execFile } from 'node:child_process';
import http from 'node:http';
import type net from 'node:net';
import { promisify } from 'node:util';
import { CreateLoadBalancerCommand, DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client, LoadBalancerNotFoundException } from '@aws-sdk/client-elastic-load-balancing-v2';
import test from 'ava';
import { createEndpoint, type Endpoint } from '../../emulator/main/endpoint.js';
import { inProcessHandler, type InProcessEndpoint, type InProcessHandler } from '../../sdk-shim/in-process.js';
import { emulatorConfig, type EmulatorConfig } from '../../sdk-shim/index.js';

const run = promisify(execFile);

// Types: what a program may rely on; a change here is a change for users.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const configType: Same<EmulatorConfig, { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }> = true;
const endpointFits: Endpoint extends InProcessEndpoint ? true : false = true;
const handlerType: Same<ReturnType<typeof inProcessHandler>, InProcessHandler> = true;
const fitsClient = (endpoint: Endpoint) => new ElasticLoadBalancingV2Client({ ...emulatorConfig(), requestHandler: inProcessHandler(endpoint) });

test('an SDK client works without sockets, refusals are the SDK\'s own classes', async (t) => {
  t.true(configType && endpointFits && handlerType);
  const endpoint = await createEndpoint({ quotas: { 'network-load-balancers': 1 } });
  t.teardown(() => endpoint.close());
  const client = fitsClient(endpoint);
  await client.send(new CreateLoadBalancerCommand({ Name: 'one', Type: 'network', Subnets: endpoint.subnetIds }));
  const { LoadBalancers } = await client.send(new DescribeLoadBalancersCommand({}));
  t.is(LoadBalancers?.[0]?.State?.Code, 'active');
  const error = await t.throwsAsync(client.send(new DescribeLoadBalancersCommand({ Names: ['nope'] })));
  t.true(error instanceof LoadBalancerNotFoundException);
  t.like(await t.throwsAsync(client.send(new CreateLoadBalancerCommand({ Name: 'two', Type: 'network', Subnets: endpoint.subnetIds }))), { name: 'TooManyLoadBalancersException' });
});

test('endpoints know nothing of each other', async (t) => {
  const [one, two] = [await createEndpoint(), await createEndpoint({ region: 'eu-west-1' })];
  await fitsClient(one).send(new CreateLoadBalancerCommand({ Name: 'one', Type: 'network', Subnets: one.subnetIds }));
  t.deepEqual((await fitsClient(two).send(new DescribeLoadBalancersCommand({}))).LoadBalancers, []);
});

test('the example runs as it stands', async (t) => {
  const { stdout } = await run(process.execPath, ['out/sdk-shim/examples/in-process.js'], { env: { ...process.env, NODE_NO_WARNINGS: '1' } });
  t.is(stdout, 'web\n');
});

const program = `
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { lookup } from 'node:dns/promises';
import { lookup as old } from 'node:dns';
import http from 'node:http';
import net from 'node:net';
const { LoadBalancers } = await new ElasticLoadBalancingV2Client({}).send(new DescribeLoadBalancersCommand({}));
const name = LoadBalancers[0].DNSName;
const body = await (await fetch('http://' + name)).text();
const old80 = await new Promise((resolve, reject) => http.get({ host: 'us-west-2b.' + name, path: '/' }, (answer) => { let text = ''; answer.on('data', (more) => (text += more)).on('end', () => resolve(text)); }).on('error', reject));
const refused = await new Promise((resolve) => net.connect(81, name).on('error', (error) => resolve(error.code)));
const raw = await new Promise((resolve) => { let text = ''; const socket = net.connect({ host: name, port: 80 }, () => socket.write('GET / HTTP/1.0\\r\\nHost: ' + name + '\\r\\n\\r\\n')); socket.on('data', (more) => (text += more)).on('end', () => resolve(text.split('\\r\\n\\r\\n')[1])); });
const zonal = (await lookup('us-west-2a.' + name)).address;
const all = await new Promise((resolve) => old(name, { all: true }, (_error, found) => resolve(found)));
console.log(JSON.stringify({ body, old80, raw, refused, zonal, all }));
`;

test('a preload points an unchanged program at nlbox, and load balancer names lead to their listeners, wherever those found a port', async (t) => {
  const endpoint = await createEndpoint();
  t.teardown(() => endpoint.close());
  await fitsClient(endpoint).send(new CreateLoadBalancerCommand({ Name: 'one', Type: 'network', Subnets: endpoint.subnetIds }));
  const { LoadBalancers } = await fitsClient(endpoint).send(new DescribeLoadBalancersCommand({}));
  const DNSName = LoadBalancers?.[0]?.DNSName ?? '';
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    if (request.url === '/_nlb/info') return void response.end(JSON.stringify(info()));
    if (request.headers.host?.endsWith(DNSName)) return void response.end('the target');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers, body } = await endpoint.answer({ body: Buffer.concat(chunks).toString(), authorization: request.headers.authorization });
    response.writeHead(status, headers).end(body);
  };
  const server = http.createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => (server.close(), server.closeAllConnections()));
  const { port } = server.address() as net.AddressInfo;
  // Port 80 could not be had, so its listener took another; nothing listens on 81.
  const zones = [{ zone: 'us-west-2a', address: '127.0.0.2' }, { zone: 'us-west-2b', address: '127.0.0.1' }];
  const info = () => ({ loadBalancers: [{ DNSName, front: '127.0.0.1', zones, listeners: [{ bound: [{ address: '127.0.0.1', wanted: 80, port }] }] }] });
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|NLBOX_|https?_proxy|no_proxy)/i.test(name)));
  const { stdout } = await run(process.execPath, ['--import', 'nlbox/register', '--input-type=module', '-e', program], {
    env: { ...clean, NLBOX_PORT: String(port), NODE_NO_WARNINGS: '1' },
  });
  t.deepEqual(JSON.parse(stdout), { body: 'the target', old80: 'the target', raw: 'the target', refused: 'ECONNREFUSED', zonal: '127.0.0.2', all: [{ address: '127.0.0.1', family: 4 }] });
});
