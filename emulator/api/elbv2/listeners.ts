// Listeners of network load balancers: create, describe, modify, delete.
import { isDeepStrictEqual } from 'node:util';
import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerRecord, LoadBalancerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { checkArn, listenerArn } from './arns.js';
import { checkTargetGroups, copyActions, normalizeActions } from './actions.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { checkDescribeLimit, listenersNotFound } from './faults.js';
import { findListener, findLoadBalancer } from './find.js';
import { checkBeside, checkProtocol, tlsFields } from './listenerprotocol.js';
import { putListener, removeListeners } from './listeneruse.js';
import { pageOf } from './paging.js';
import { tagsOf } from './tags.js';
import { checkTargetCount } from './targetquota.js';
import { unseen } from './texts.js';

const portHolder = ({ read }: Context, loadBalancer: string, port: number): ListenerRecord | undefined =>
  read.by('listeners', 'LoadBalancerArn', loadBalancer).find((listener) => listener.Port === port);

const duplicateListener = (loadBalancer: string): AwsFault =>
  new AwsFault('DuplicateListener', `A listener already exists on this port for this load balancer '${loadBalancer}'`);

const describe = (record: ListenerRecord): Listener => ({
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

const checkQuota = (context: Context, { LoadBalancerArn: arn }: LoadBalancerRecord): void => {
  if (context.read.by('listeners', 'LoadBalancerArn', arn).length < context.quota('listeners-per-network-load-balancer')) return;
  throw unseen.tooManyListeners(arn);
};

/** What must be equal for a second create call to be the same call. */
const settingsOf = ({ Protocol, DefaultActions, SslPolicy, AlpnPolicy, Certificates }: Omit<ListenerRecord, 'ListenerArn'>) =>
  ({ Protocol, DefaultActions, SslPolicy, AlpnPolicy, certificate: Certificates?.[0] });

/** The listener that a request asks for, every part checked but its place among the others. */
const wantedListener = (context: WriteContext, input: Input<'CreateListener'>, loadBalancer: LoadBalancerRecord): Omit<ListenerRecord, 'ListenerArn'> => {
  const { Protocol, Port } = input;
  if (Protocol === undefined) throw validationError('A listener protocol must be specified');
  if (Port === undefined) throw validationError('A listener port must be specified');
  checkProtocol(Protocol);
  const tls = tlsFields(context, input, Protocol);
  const DefaultActions = normalizeActions(input.DefaultActions);
  checkTargetGroups(context, DefaultActions, Protocol, loadBalancer);
  return { LoadBalancerArn: loadBalancer.LoadBalancerArn, Port, Protocol, ...tls, DefaultActions, attributes: {}, tags: tagsOf(input.Tags) };
};

/** Opens a port; the same call again answers the listener that is there. */
export const CreateListener = (context: WriteContext, input: Input<'CreateListener'>): Output<'CreateListener'> => {
  const loadBalancer = findLoadBalancer(context, input.LoadBalancerArn);
  const wanted = wantedListener(context, input, loadBalancer);
  const existing = portHolder(context, wanted.LoadBalancerArn, wanted.Port);
  if (existing && isDeepStrictEqual(settingsOf(existing), settingsOf(wanted))) return { Listeners: [describe(existing)] };
  if (existing) throw duplicateListener(wanted.LoadBalancerArn);
  checkBeside(context, wanted.Protocol, loadBalancer);
  checkQuota(context, loadBalancer);
  const record: ListenerRecord = { ListenerArn: listenerArn(wanted.LoadBalancerArn, context.newId()), ...wanted };
  putListener(context, record);
  checkTargetCount(context, loadBalancer);
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
  const tls = tlsFields(context, input, Protocol, record);
  const DefaultActions = input.DefaultActions ? normalizeActions(input.DefaultActions) : record.DefaultActions;
  checkTargetGroups(context, DefaultActions, Protocol, loadBalancer);
  const holder = portHolder(context, record.LoadBalancerArn, Port);
  if (holder && holder.ListenerArn !== record.ListenerArn) throw duplicateListener(record.LoadBalancerArn);
  checkBeside(context, Protocol, loadBalancer, record.ListenerArn);
  const { SslPolicy: _policy, Certificates: _certificates, AlpnPolicy: _alpn, ...rest } = record;
  const changed: ListenerRecord = { ...rest, Protocol, Port, ...tls, DefaultActions };
  putListener(context, changed);
  checkTargetCount(context, loadBalancer);
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
  if (loadBalancer !== undefined && arns?.length) throw unseen.listenersTwoWays();
  checkDescribeLimit(arns, 'listeners');
  if (loadBalancer === undefined) return byArns(context, arns ?? []);
  return context.read.by('listeners', 'LoadBalancerArn', findLoadBalancer(context, loadBalancer).LoadBalancerArn);
};

/** The listeners of a load balancer, or those of some ARNs. */
export const DescribeListeners = (context: Context, input: Input<'DescribeListeners'>): Output<'DescribeListeners'> => {
  const { items, ...rest } = pageOf(select(context, input), (record) => record.ListenerArn, input, input.ListenerArns);
  return { Listeners: items.map(describe), ...rest };
};
