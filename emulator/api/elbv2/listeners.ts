// Listeners of network load balancers: create, describe, modify, delete, and their certificates.
import { isDeepStrictEqual } from 'node:util';
import type { Action, Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerRecord, LoadBalancerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { checkArn, listenerArn } from './arns.js';
import { checkTargetGroups, copyActions, normalizeActions } from './actions.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { checkDescribeLimit, listenersNotFound, refuseUnmodelled } from './faults.js';
import { findListener, findLoadBalancer } from './find.js';
import { putListener, removeListeners } from './listeneruse.js';
import { listenerProtocols } from './modelled.js';
import { pageOf } from './paging.js';
import { tagsOf } from './tags.js';

const networkProtocols = ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'];

const checkProtocol = (protocol: string): void => {
  if (!networkProtocols.includes(protocol)) throw validationError(`Listener protocol '${protocol}' must be one of '${networkProtocols.join(', ')}'`);
  if (!listenerProtocols.includes(protocol)) throw new AwsFault('UnsupportedProtocol', `nlbox does not model listeners with protocol '${protocol}' yet`);
};

type TlsInput = { SslPolicy?: string | undefined; Certificates?: unknown[] | undefined; AlpnPolicy?: string[] | undefined; MutualAuthentication?: unknown };

const checkNoTls = (input: TlsInput, protocol: string): void => {
  // AWS's own spelling.
  if (input.SslPolicy !== undefined) throw validationError(`An SSL policy cannot be specifed for ${protocol} listeners`);
  if (input.Certificates?.length) throw validationError(`A certificate cannot be specified for ${protocol} listeners`);
  if (input.AlpnPolicy?.length) throw validationError(`An ALPN policy cannot be specified for ${protocol} listeners`);
  refuseUnmodelled(input, ['MutualAuthentication']);
};

const portHolder = ({ read }: Context, loadBalancer: string, port: number): ListenerRecord | undefined =>
  read.by('listeners', 'LoadBalancerArn', loadBalancer).find((listener) => listener.Port === port);

const duplicateListener = (loadBalancer: string): AwsFault =>
  new AwsFault('DuplicateListener', `A listener already exists on this port for this load balancer '${loadBalancer}'`);

const describe = (record: ListenerRecord): Listener => ({
  ListenerArn: record.ListenerArn,
  LoadBalancerArn: record.LoadBalancerArn,
  Port: record.Port,
  Protocol: record.Protocol,
  DefaultActions: copyActions(record.DefaultActions),
});

const checkQuota = (context: Context, { LoadBalancerArn: arn }: LoadBalancerRecord): void => {
  if (context.read.by('listeners', 'LoadBalancerArn', arn).length < context.quota('listeners-per-network-load-balancer')) return;
  throw new AwsFault('TooManyListeners', `The maximum number of listeners has been reached on load balancer '${arn}'`);
};

const isSame = (existing: ListenerRecord, Protocol: string, DefaultActions: readonly Action[]): boolean =>
  isDeepStrictEqual([existing.Protocol, existing.DefaultActions], [Protocol, DefaultActions]);

/** Opens a port; the same call again answers the listener that is there. */
export const CreateListener = (context: WriteContext, input: Input<'CreateListener'>): Output<'CreateListener'> => {
  const loadBalancer = findLoadBalancer(context, input.LoadBalancerArn);
  const { Protocol, Port } = input;
  if (Protocol === undefined) throw validationError('A listener protocol must be specified');
  if (Port === undefined) throw validationError('A listener port must be specified');
  checkProtocol(Protocol);
  checkNoTls(input, Protocol);
  const DefaultActions = normalizeActions(input.DefaultActions);
  checkTargetGroups(context, DefaultActions, Protocol, loadBalancer);
  const tags = tagsOf(input.Tags);
  const existing = portHolder(context, loadBalancer.LoadBalancerArn, Port);
  if (existing && isSame(existing, Protocol, DefaultActions)) return { Listeners: [describe(existing)] };
  if (existing) throw duplicateListener(loadBalancer.LoadBalancerArn);
  checkQuota(context, loadBalancer);
  const LoadBalancerArn = loadBalancer.LoadBalancerArn;
  const record: ListenerRecord = { ListenerArn: listenerArn(LoadBalancerArn, context.newId()), LoadBalancerArn, Port, Protocol, DefaultActions, attributes: {}, tags };
  putListener(context, record);
  return { Listeners: [describe(record)] };
};

const checkSomethingGiven = ({ ListenerArn: _arn, ...fields }: Input<'ModifyListener'>): void => {
  if (Object.values(fields).every((value) => value === undefined)) throw validationError('An action must be specified');
};

/** Absent fields stay, given lists replace. */
export const ModifyListener = (context: WriteContext, input: Input<'ModifyListener'>): Output<'ModifyListener'> => {
  const record = findListener(context, input.ListenerArn);
  const loadBalancer = findLoadBalancer(context, record.LoadBalancerArn);
  checkSomethingGiven(input);
  const Protocol = input.Protocol ?? record.Protocol;
  const Port = input.Port ?? record.Port;
  checkProtocol(Protocol);
  checkNoTls(input, Protocol);
  const DefaultActions = input.DefaultActions ? normalizeActions(input.DefaultActions) : record.DefaultActions;
  checkTargetGroups(context, DefaultActions, Protocol, loadBalancer);
  const holder = portHolder(context, record.LoadBalancerArn, Port);
  if (holder && holder.ListenerArn !== record.ListenerArn) throw duplicateListener(record.LoadBalancerArn);
  const changed: ListenerRecord = { ...record, Protocol, Port, DefaultActions };
  putListener(context, changed);
  return { Listeners: [describe(changed)] };
};

/** Closes the port. */
export const DeleteListener = (context: WriteContext, input: Input<'DeleteListener'>): Output<'DeleteListener'> => {
  removeListeners(context, [findListener(context, input.ListenerArn)]);
  return {};
};

const byArns = ({ read }: Context, arns: readonly string[]): ListenerRecord[] => {
  for (const arn of arns) checkArn('listener', arn);
  const records = [...new Set(arns)].map((arn) => read.get('listeners', arn));
  if (records.includes(undefined)) throw listenersNotFound();
  return records.filter((record) => record !== undefined);
};

const select = (context: Context, { LoadBalancerArn: loadBalancer, ListenerArns: arns }: Input<'DescribeListeners'>): ListenerRecord[] => {
  if (loadBalancer === undefined && !arns?.length) throw validationError('You must specify either listener ARNs or a load balancer ARN');
  if (loadBalancer !== undefined && arns?.length) throw validationError('Listener ARNs and a load balancer ARN cannot be specified at the same time');
  checkDescribeLimit(arns, 'listeners');
  if (loadBalancer === undefined) return byArns(context, arns ?? []);
  return context.read.by('listeners', 'LoadBalancerArn', findLoadBalancer(context, loadBalancer).LoadBalancerArn);
};

/** The listeners of a load balancer, or those of some ARNs. */
export const DescribeListeners = (context: Context, input: Input<'DescribeListeners'>): Output<'DescribeListeners'> => {
  const { items, ...rest } = pageOf(select(context, input), (record) => record.ListenerArn, input);
  return { Listeners: items.map(describe), ...rest };
};

/** No modelled protocol has certificates. */
export const DescribeListenerCertificates = (
  context: Context,
  input: Input<'DescribeListenerCertificates'>,
): Output<'DescribeListenerCertificates'> => {
  findListener(context, input.ListenerArn);
  return { Certificates: [] };
};
