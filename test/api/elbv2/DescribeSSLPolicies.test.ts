// DescribeSSLPolicies: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeSSLPoliciesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createWorld } from './fixture.js';

test('shape: protocols, ciphers by priority, and the types that can have it', async (t) => {
  const world = await createWorld();
  const [first] = (await world.sdk.send(new DescribeSSLPoliciesCommand({}))).SslPolicies ?? [];
  t.like(first, { Name: 'ELBSecurityPolicy-2016-08', SslProtocols: ['TLSv1.2', 'TLSv1.1', 'TLSv1'], SupportedLoadBalancerTypes: ['application', 'network'] });
  t.deepEqual(first?.Ciphers?.[0], { Name: 'ECDHE-ECDSA-AES128-GCM-SHA256', Priority: 1 });
});

test('checks: unknown names and types', async (t) => {
  const world = await createWorld();
  const error = await t.throwsAsync(world.sdk.send(new DescribeSSLPoliciesCommand({ Names: ['nope'] })));
  t.is(error.name, 'SSLPolicyNotFoundException');
  await t.throwsAsync(world.sdk.send(new DescribeSSLPoliciesCommand({ LoadBalancerType: 'x' as never })), { message: /'loadBalancerType' failed to satisfy constraint: Member must satisfy enum value set/ });
});

test('function: by page, by name and by type', async (t) => {
  const world = await createWorld();
  const all = (await world.sdk.send(new DescribeSSLPoliciesCommand({}))).SslPolicies ?? [];
  t.true(all.length >= 30);
  const page = await world.sdk.send(new DescribeSSLPoliciesCommand({ PageSize: 5 }));
  const rest = await world.sdk.send(new DescribeSSLPoliciesCommand({ Marker: page.NextMarker }));
  t.deepEqual([...(page.SslPolicies ?? []), ...(rest.SslPolicies ?? [])].map(({ Name }) => Name), all.map(({ Name }) => Name));
  t.deepEqual((await world.sdk.send(new DescribeSSLPoliciesCommand({ LoadBalancerType: 'gateway' }))).SslPolicies, []);
  const named = await world.sdk.send(new DescribeSSLPoliciesCommand({ Names: ['ELBSecurityPolicy-TLS13-1-3-2021-06'] }));
  t.deepEqual(named.SslPolicies?.[0]?.SslProtocols, ['TLSv1.3']);
});
