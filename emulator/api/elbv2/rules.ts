// Rules: a listener of a network load balancer has one, the default one, which needs no record.
import type { ListenerRecord } from '../../state/types.js';
import { copyActions } from './actions.js';
import { checkArn, defaultRuleArn, listenerOfRule } from './arns.js';
import type { Context, Input, Output } from './context.js';
import { checkDescribeLimit, rulesNotFound } from './faults.js';
import { findListener } from './find.js';
import { pageOf } from './paging.js';
import { unseen } from './texts.js';

const defaultRule = (record: ListenerRecord) => ({
  RuleArn: defaultRuleArn(record.ListenerArn),
  Priority: 'default',
  Conditions: [],
  Actions: copyActions(record.DefaultActions),
  IsDefault: true,
});

const ruleOf = (context: Context, arn: string) => {
  checkArn('listener rule', arn);
  const record = context.read.get('listeners', listenerOfRule(arn));
  if (!record || defaultRuleArn(record.ListenerArn) !== arn) throw rulesNotFound();
  return defaultRule(record);
};

/** A listener of an NLB has one rule, the default one. */
export const DescribeRules = (context: Context, { ListenerArn: listener, RuleArns: rules, ...page }: Input<'DescribeRules'>): Output<'DescribeRules'> => {
  if (listener === undefined && !rules?.length) throw unseen.rulesNeither();
  if (listener !== undefined && rules?.length) throw unseen.rulesTwoWays();
  checkDescribeLimit(rules, 'rules');
  const found = listener === undefined ? (rules ?? []).map((arn) => ruleOf(context, arn)) : [defaultRule(findListener(context, listener))];
  const { items, ...rest } = pageOf(found, (rule) => rule.RuleArn, page, rules);
  return { Rules: [...items], ...rest };
};
