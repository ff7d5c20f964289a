// AddTags: what AWS answers, refuses and does.
import test from 'ava';
import { AddTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createService, createWorld, nowhere, refusal } from './fixture.js';

test('shape: an empty result; a tag without value has an empty one, __proto__ is a tag', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  const { $metadata, ...output } = await world.sdk.send(new AddTagsCommand({ ResourceArns: [arn], Tags: [{ Key: 'empty' }, { Key: '__proto__', Value: 'a tag' }] }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
  t.deepEqual((await world.api.DescribeTags({ ResourceArns: [arn] })).TagDescriptions?.[0]?.Tags, [{ Key: 'empty', Value: '' }, { Key: '__proto__', Value: 'a tag' }]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn: arn, TargetGroupArn, ListenerArn } = await createService(world);
  const add = (arns: string[], ...keys: string[]) => refusal(world.api.AddTags({ ResourceArns: arns, Tags: keys.map((Key) => ({ Key, Value: 'x' })) }));
  t.is(await add([arn, arn], 'a'), 'ValidationError: Only one resource can be tagged at a time');
  t.is(await add([], 'a'), 'ValidationError: A resource ARN must be specified');
  t.is(await add(['null'], 'a'), 'ValidationError: \'null\' must be in ARN format');
  t.is(await add([nowhere(arn)], 'a'), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await add([nowhere(TargetGroupArn)], 'a'), 'TargetGroupNotFound: One or more target groups not found');
  t.is(await add([nowhere(ListenerArn)], 'a'), 'ListenerNotFound: One or more listeners not found');
  t.is(await add([arn], 'aws:a'), 'ValidationError: Tag key \'aws:a\' cannot start with \'aws:\'');
  t.is(await add([arn], 'a', 'a'), 'DuplicateTagKeys: Duplicate Tag Keys found in the request. Tag keys should be unique.');
  t.regex(await add([arn], 'a{b'), /Value 'a\{b' at 'tags\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular expression pattern/);
  t.is(await add([arn], ...Array.from({ length: 51 }, (_, index) => `k${index}`)), 'TooManyTags: You cannot have more than 50 tags on a resource');
  const rule = (await world.api.DescribeRules({ ListenerArn })).Rules?.[0]?.RuleArn ?? '';
  t.is(await add([rule], 'a'), 'UnsupportedOperation: nlbox does not model tags of listener rules yet');
});

test('function: a tag is overwritten by its key', async (t) => {
  const world = await createWorld();
  const ResourceArns = [await createLoadBalancer(world)];
  await world.api.AddTags({ ResourceArns, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }] });
  await world.api.AddTags({ ResourceArns, Tags: [{ Key: 'a', Value: '3' }] });
  t.deepEqual((await world.api.DescribeTags({ ResourceArns })).TagDescriptions?.[0]?.Tags, [{ Key: 'a', Value: '3' }, { Key: 'b', Value: '2' }]);
});
