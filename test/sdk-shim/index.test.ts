// The shim with the real SDK client: spread into it, requests reach the emulator, signed for its region.
import http from 'node:http';
import type net from 'node:net';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import test from 'ava';
import { emulatorConfig } from '../../sdk-shim/index.js';

const answer =
  '<DescribeLoadBalancersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeLoadBalancersResult>' +
  '<LoadBalancers><member><LoadBalancerName>one</LoadBalancerName></member></LoadBalancers></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>';

test('a client with the shim speaks to the emulator', async (t) => {
  const scopes: string[] = [];
  const server = http.createServer((request, response) => {
    scopes.push(request.headers.authorization?.split('/').slice(2, 4).join('/') ?? '');
    request.resume().on('end', () => response.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => (server.close(), server.closeAllConnections()));
  const endpoint = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const client = new ElasticLoadBalancingV2Client({ ...emulatorConfig({ endpoint, region: 'eu-central-1' }) });
  t.teardown(() => client.destroy());
  const { LoadBalancers } = await client.send(new DescribeLoadBalancersCommand({}));
  t.is(LoadBalancers?.[0]?.LoadBalancerName, 'one');
  t.deepEqual(scopes, ['eu-central-1/elasticloadbalancing']);
});

test('without options it names the defaults of the emulator', (t) => {
  t.like(emulatorConfig(), { endpoint: 'http://127.0.0.1:4566', region: 'us-west-2' });
});
