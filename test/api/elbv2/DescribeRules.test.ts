// DescribeRules: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeRulesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createService, createWorld, nowhere, refusal } from './fixture.js';

test('shape: one default rule with the listener\'s actions', async (t) => {
  const world = await createWorld();
  const { ListenerArn, TargetGroupArn } = await createService(world);
  const { Rules } = await world.sdk.send(new DescribeRulesCommand({ ListenerArn }));
  t.is(Rules?.length, 1);
  t.like(Rules?.[0], { Priority: 'default', IsDefault: true, Conditions: [], Actions: [{ Type: 'forward', TargetGroupArn }] });
  t.regex(Rules?.[0]?.RuleArn ?? '', /:listener-rule\/net\/my-nlb\/[0-9a-f]{16}\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  const rule = (await world.api.DescribeRules({ ListenerArn })).Rules?.[0]?.RuleArn ?? '';
  const no = (input: object) => refusal(world.api.DescribeRules(input));
  t.is(await no({}), 'ValidationError: You must specify either listener rule ARNs or a listener ARN');
  t.is(await no({ ListenerArn, RuleArns: [rule] }), 'ValidationError: Listener rule ARNs and a listener ARN cannot be specified at the same time');
  t.is(await no({ RuleArns: [nowhere(rule)] }), 'RuleNotFound: One or more rules not found');
  t.is(await no({ RuleArns: ['x'] }), 'ValidationError: \'x\' is not a valid listener rule ARN');
  t.is(await no({ ListenerArn: nowhere(ListenerArn) }), 'ListenerNotFound: One or more listeners not found');
});

test('function: the rule is found by its ARN, as long as its listener is there', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  const { Rules } = await world.api.DescribeRules({ ListenerArn });
  const RuleArns = [Rules?.[0]?.RuleArn ?? ''];
  t.deepEqual((await world.api.DescribeRules({ RuleArns })).Rules, Rules);
  await world.api.DeleteListener({ ListenerArn });
  t.is(await refusal(world.api.DescribeRules({ RuleArns })), 'RuleNotFound: One or more rules not found');
});
