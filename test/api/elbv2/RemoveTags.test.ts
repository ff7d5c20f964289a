// RemoveTags: what AWS answers, refuses and does.
import test from 'ava';
import { RemoveTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createWorld, nowhere, refusal } from './fixture.js';

test('shape: an empty result', async (t) => {
  const world = await createWorld();
  const { $metadata, ...output } = await world.sdk.send(new RemoveTagsCommand({ ResourceArns: [await createLoadBalancer(world)], TagKeys: ['never'] }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  const no = (arns: string[], ...TagKeys: string[]) => refusal(world.api.RemoveTags({ ResourceArns: arns, TagKeys }));
  t.is(await no([nowhere(arn)], 'a'), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await no(['x'], 'a'), 'ValidationError: \'x\' must be in ARN format');
  t.regex(await no([arn], 'a'.repeat(129)), /'tagKeys\.1\.member' failed to satisfy constraint: Member must have length less than or equal to 128/);
});

test('function: tags go by key', async (t) => {
  const world = await createWorld();
  const ResourceArns = [await createLoadBalancer(world)];
  await world.api.AddTags({ ResourceArns, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }] });
  await world.api.RemoveTags({ ResourceArns, TagKeys: ['b', 'never'] });
  t.deepEqual((await world.api.DescribeTags({ ResourceArns })).TagDescriptions?.[0]?.Tags, [{ Key: 'a', Value: '1' }]);
});
