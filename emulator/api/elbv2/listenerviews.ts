// Listeners as they are described, and which of them a request asks for.
import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { copyActions } from './actions.js';
import { checkArn } from './arns.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output } from './context.js';
import { checkDescribeLimit, listenersNotFound } from './faults.js';
import { findLoadBalancer } from './find.js';
import { pageOf } from './paging.js';
import { unseen } from './texts.js';

/** A listener as every operation answers it. */
export const describeListener = (record: ListenerRecord): Listener => ({
  ListenerArn: record.ListenerArn,
  LoadBalancerArn: record.LoadBalancerArn,
  Port: record.Port,
  Protocol: record.Protocol,
  // The default certificate only, and without IsDefault.
  ...(record.Certificates ? { Certificates: record.Certificates.slice(0, 1).map((CertificateArn) => ({ CertificateArn })) } : {}),
  ...(record.SslPolicy === undefined ? {} : { SslPolicy: record.SslPolicy }),
  ...(record.AlpnPolicy ? { AlpnPolicy: [...record.AlpnPolicy] } : {}),
  DefaultActions: copyActions(record.DefaultActions),
});

const byArns = ({ read }: Context, arns: readonly string[]): ListenerRecord[] => {
  const records = [...new Set(arns)].map((arn) => read.get('listeners', arn));
  if (records.includes(undefined)) throw listenersNotFound();
  return records.filter((record) => record !== undefined);
};

const checkFilters = ({ LoadBalancerArn: loadBalancer, ListenerArns: arns }: Input<'DescribeListeners'>): void => {
  if (loadBalancer === undefined && !arns?.length) throw validationError('You must specify either listener ARNs or a load balancer ARN');
  if (loadBalancer !== undefined && arns?.length) throw unseen.listenersTwoWays();
};

/** The listeners of a load balancer, or those of some ARNs. */
export const DescribeListeners = checked('DescribeListeners', (context: Context, input: Input<'DescribeListeners'>): Course<'DescribeListeners', Output<'DescribeListeners'>> => {
  const { LoadBalancerArn: loadBalancer, ListenerArns: arns = [] } = input;
  const found = once(() => (loadBalancer === undefined
    ? byArns(context, arns)
    : context.read.by('listeners', 'LoadBalancerArn', findLoadBalancer(context, loadBalancer).LoadBalancerArn)));
  const page = once(() => pageOf(found(), (record) => record.ListenerArn, input, arns));
  return {
    checks: {
      filters: () => checkFilters(input),
      'number asked for': () => checkDescribeLimit(arns, 'listeners'),
      ARNs: () => {
        if (loadBalancer !== undefined) checkArn('load balancer', loadBalancer);
        for (const arn of arns) checkArn('listener', arn);
      },
      listeners: found,
      marker: page,
    },
    act: () => {
      const { items, ...rest } = page();
      return { Listeners: items.map(describeListener), ...rest };
    },
  };
});
