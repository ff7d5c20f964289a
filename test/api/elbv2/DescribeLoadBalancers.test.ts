// DescribeLoadBalancers: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeLoadBalancersCommand, LoadBalancerNotFoundException, paginateDescribeLoadBalancers } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createWorld, nowhere, refusal } from './fixture.js';

test('shape: no list is an empty list, and the last page has no marker', async (t) => {
  const world = await createWorld();
  t.true((await world.post('Action=DescribeLoadBalancers&Version=2015-12-01')).text.includes('<LoadBalancers/></DescribeLoadBalancersResult>'));
  const { LoadBalancers, NextMarker, $metadata } = await world.sdk.send(new DescribeLoadBalancersCommand({}));
  t.deepEqual([LoadBalancers, NextMarker, $metadata.requestId], [[], undefined, '00000000-0000-4000-8000-000000000000']);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const arn = nowhere(await createLoadBalancer(world));
  const describe = (input: object) => refusal(world.api.DescribeLoadBalancers(input));
  t.is(await describe({ Names: ['nope'] }), 'LoadBalancerNotFound: Load balancers \'[nope]\' not found');
  t.is(await describe({ Names: ['a_b'] }), 'ValidationError: The load balancer name \'a_b\' can only contain characters that are alphanumeric characters and hyphens(-)');
  t.is(await describe({ LoadBalancerArns: ['null'] }), 'ValidationError: \'null\' is not a valid load balancer ARN');
  t.is(await describe({ LoadBalancerArns: [arn] }), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await describe({ Names: ['a'], LoadBalancerArns: ['b'] }), 'ValidationError: Load balancer names and load balancer ARNs cannot be specified at the same time');
  t.is(await describe({ LoadBalancerArns: Array.from({ length: 21 }, () => arn) }), 'ValidationError: You cannot describe more than \'20\' load balancers at a time');
  t.is(await describe({ PageSize: 401 }), 'ValidationError: 1 validation error detected: Value \'401\' at \'pageSize\' failed to satisfy constraint: Member must have value less than or equal to 400');
  t.is(await describe({ Marker: 'nope' }), 'ValidationError: The marker \'nope\' is not valid');
  const error = await t.throwsAsync(world.sdk.send(new DescribeLoadBalancersCommand({ Names: ['nope'] })));
  t.true(error instanceof LoadBalancerNotFoundException);
});

test('function: provisioning becomes active with time, also in a kept answer', async (t) => {
  const world = await createWorld();
  await createLoadBalancer(world);
  const describe = async () => (await world.post('Action=DescribeLoadBalancers&Version=2015-12-01')).text;
  t.regex(await describe(), /<Code>provisioning</);
  t.regex(await describe(), /<Code>provisioning</);
  await world.clock.advance(1500);
  t.regex(await describe(), /<Code>active</);
});

test('function: pages go on where the last one ended; those asked for by name come at once', async (t) => {
  const world = await createWorld();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await createLoadBalancer(world, name);
  const namesOf = (page: { LoadBalancers?: { LoadBalancerName?: string | undefined }[] | undefined }) => (page.LoadBalancers ?? []).map((one) => one.LoadBalancerName);
  const pages: (string | undefined)[][] = [];
  for await (const page of paginateDescribeLoadBalancers({ client: world.sdk }, { PageSize: 2 })) pages.push(namesOf(page));
  t.deepEqual(pages, [['a', 'b'], ['c', 'd'], ['e']]);
  const first = await world.api.DescribeLoadBalancers({ PageSize: 2 });
  await world.api.DeleteLoadBalancer({ LoadBalancerArn: first.LoadBalancers?.[0]?.LoadBalancerArn });
  t.deepEqual(namesOf(await world.api.DescribeLoadBalancers({ PageSize: 2, Marker: first.NextMarker })), ['c', 'd'], 'nothing is skipped when an earlier one is gone');
  const asked = await world.api.DescribeLoadBalancers({ Names: ['e', 'c', 'b'], PageSize: 1 });
  t.deepEqual([namesOf(asked), asked.NextMarker], [['e', 'c', 'b'], undefined]);
});
