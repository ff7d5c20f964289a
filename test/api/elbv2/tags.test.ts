// Tags and account limits.
import test from 'ava';
import { AddTagsCommand, DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createTargetGroup, createWorld, refusal } from './fixture.js';

test('shape: a description for each resource asked for, in that order, without tags too', async (t) => {
  const world = await createWorld();
  const loadBalancer = await createLoadBalancer(world);
  const group = await createTargetGroup(world);
  await world.sdk.send(new AddTagsCommand({ ResourceArns: [group], Tags: [{ Key: 'kubernetes.io/cluster/x', Value: 'owned' }, { Key: 'empty' }, { Key: '__proto__', Value: 'a tag' }] }));
  const { TagDescriptions } = await world.sdk.send(new DescribeTagsCommand({ ResourceArns: [group, loadBalancer] }));
  t.deepEqual(TagDescriptions, [
    { ResourceArn: group, Tags: [{ Key: 'kubernetes.io/cluster/x', Value: 'owned' }, { Key: 'empty', Value: '' }, { Key: '__proto__', Value: 'a tag' }] },
    { ResourceArn: loadBalancer, Tags: [] },
  ]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  const unknown = arn.replace(/.{16}$/, 'ffffffffffffffff');
  const add = (arns: string[], ...keys: string[]) => refusal(world.api.AddTags({ ResourceArns: arns, Tags: keys.map((Key) => ({ Key, Value: 'x' })) }));
  t.is(await add([arn, arn], 'a'), 'ValidationError: Only one resource can be tagged at a time');
  t.is(await add(['null'], 'a'), 'ValidationError: \'null\' must be in ARN format');
  t.is(await add([unknown], 'a'), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await add([arn], 'aws:a'), 'ValidationError: Tag key \'aws:a\' cannot start with \'aws:\'');
  t.is(await add([arn], 'a', 'a'), 'DuplicateTagKeys: Duplicate Tag Keys found in the request. Tag keys should be unique.');
  t.regex(await add([arn], 'a{b'), /Value 'a\{b' at 'tags\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular expression pattern/);
  t.regex(await add([arn], ...Array.from({ length: 51 }, (_, index) => `k${index}`)), /^TooManyTags: /);
  t.is(await refusal(world.api.DescribeTags({ ResourceArns: [unknown] })), 'LoadBalancerNotFound: One or more load balancers not found');
});

test('function: overwritten and removed by key', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  const ResourceArns = [arn];
  await world.api.AddTags({ ResourceArns, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }] });
  await world.api.AddTags({ ResourceArns, Tags: [{ Key: 'a', Value: '3' }] });
  await world.api.RemoveTags({ ResourceArns, TagKeys: ['b', 'never'] });
  t.deepEqual((await world.api.DescribeTags({ ResourceArns })).TagDescriptions?.[0]?.Tags, [{ Key: 'a', Value: '3' }]);
});

test('function: account limits are texts, and follow the configuration', async (t) => {
  const world = await createWorld({ quotas: { 'network-load-balancers': 1000 } });
  const { text } = await world.post('Action=DescribeAccountLimits&Version=2015-12-01&PageSize=400');
  t.true(text.includes('<member><Name>network-load-balancers</Name><Max>1000</Max></member>'), text);
});
