// Rules: a listener of a network load balancer has one, the default one, which needs no record.
import type { ListenerRecord } from '../../state/types.js';
import { copyActions } from './actions.js';
import { checkArn, defaultRuleArn, listenerOfRule } from './arns.js';
import { checked, once, type Course } from './checked.js';
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
  const record = context.read.get('listeners', listenerOfRule(arn));
  if (!record || defaultRuleArn(record.ListenerArn) !== arn) throw rulesNotFound();
  return defaultRule(record);
};

const checkFilters = ({ ListenerArn: listener, RuleArns: rules }: Input<'DescribeRules'>): void => {
  if (listener === undefined && !rules?.length) throw unseen.rulesNeither();
  if (listener !== undefined && rules?.length) throw unseen.rulesTwoWays();
};

/** A listener of an NLB has one rule, the default one. */
export const DescribeRules = checked('DescribeRules', (context: Context, input: Input<'DescribeRules'>): Course<'DescribeRules', Output<'DescribeRules'>> => {
  const { ListenerArn: listener, RuleArns: rules = [] } = input;
  const found = once(() => (listener === undefined ? rules.map((arn) => ruleOf(context, arn)) : [defaultRule(findListener(context, listener))]));
  const page = once(() => pageOf(found(), (rule) => rule.RuleArn, input, rules));
  return {
    checks: {
      filters: () => checkFilters(input),
      'number asked for': () => checkDescribeLimit(rules, 'rules'),
      ARNs: () => {
        if (listener !== undefined) checkArn('listener', listener);
        for (const arn of rules) checkArn('listener rule', arn);
      },
      rules: found,
      marker: page,
    },
    act: () => {
      const { items, ...rest } = page();
      return { Rules: [...items], ...rest };
    },
  };
});
