// Listeners of network load balancers: create, modify, delete.
import { isDeepStrictEqual } from 'node:util';
import type { ListenerRecord, LoadBalancerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { listenerArn } from './arns.js';
import { forwarding, normalizeActions } from './actions.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { refuseUnmodelled } from './faults.js';
import { findListener, findLoadBalancer } from './find.js';
import { checkBeside, checkProtocol, tlsTerms } from './listenerprotocol.js';
import { putListener, removeListeners } from './listeneruse.js';
import { describeListener } from './listenerviews.js';
import { tagChecks, tagsOf } from './tags.js';
import { checkTargetCount } from './targetquota.js';
import { unseen } from './texts.js';

const portHolder = ({ read }: Context, loadBalancer: string, port: number): ListenerRecord | undefined =>
  read.by('listeners', 'LoadBalancerArn', loadBalancer).find((listener) => listener.Port === port);

const duplicateListener = (loadBalancer: string): AwsFault =>
  new AwsFault('DuplicateListener', `A listener already exists on this port for this load balancer '${loadBalancer}'`);

const checkQuota = (context: Context, { LoadBalancerArn: arn }: LoadBalancerRecord): void => {
  if (context.read.by('listeners', 'LoadBalancerArn', arn).length < context.quota('listeners-per-network-load-balancer')) return;
  throw unseen.tooManyListeners(arn);
};

/** What must be equal for a second create call to be the same call. */
const settingsOf = ({ Protocol, DefaultActions, SslPolicy, AlpnPolicy, Certificates }: Omit<ListenerRecord, 'ListenerArn'>) =>
  ({ Protocol, DefaultActions, SslPolicy, AlpnPolicy, certificate: Certificates?.[0] });

type Wanted = Omit<ListenerRecord, 'ListenerArn'>;

/** Another listener on the port is a mistake, the same one is the answer. */
const checkSame = (existing: ListenerRecord | undefined, wanted: Wanted): void => {
  if (existing && !isDeepStrictEqual(settingsOf(existing), settingsOf(wanted))) throw duplicateListener(wanted.LoadBalancerArn);
};

const opened = (context: WriteContext, wanted: Wanted): ListenerRecord => {
  const record: ListenerRecord = { ListenerArn: listenerArn(wanted.LoadBalancerArn, context.newId()), ...wanted };
  putListener(context, record);
  return record;
};

/** A value that a request must have though its schema does not say so. */
const given = <T>(value: T | undefined, name: 'protocol' | 'port') => (): T => {
  if (value === undefined) throw validationError(`A listener ${name} must be specified`);
  return value;
};

/** Opens a port; the same call again answers the listener that is there. */
export const CreateListener = checked('CreateListener', (context: WriteContext, input: Input<'CreateListener'>): Course<'CreateListener', Output<'CreateListener'>> => {
  const loadBalancer = once(() => findLoadBalancer(context, input.LoadBalancerArn));
  const protocol = given(input.Protocol, 'protocol');
  const port = given(input.Port, 'port');
  const actions = once(() => normalizeActions(input.DefaultActions));
  const tls = tlsTerms(context, input, protocol);
  const forward = forwarding(context, actions, protocol, loadBalancer);
  const existing = once(() => portHolder(context, input.LoadBalancerArn, port()));
  const wanted = once(() => ({
    LoadBalancerArn: input.LoadBalancerArn, Port: port(), Protocol: protocol(), ...tls.fields(), DefaultActions: actions(), attributes: {}, tags: tagsOf(input.Tags),
  }));
  const unlessThere = (check: () => void) => (): void => {
    if (!existing()) check();
  };
  return {
    checks: {
      'load balancer': loadBalancer,
      'protocol given': protocol,
      'port given': port,
      protocol: () => checkProtocol(protocol()),
      parameters: () => refuseUnmodelled(input),
      ...tls.checks,
      ...forward.checks,
      ...tagChecks(input.Tags),
      port: () => checkSame(existing(), wanted()),
      'other listeners': unlessThere(() => checkBeside(context, protocol(), loadBalancer())),
      quota: unlessThere(() => checkQuota(context, loadBalancer())),
      'quota of targets': unlessThere(() => checkTargetCount(context, loadBalancer(), { groups: forward.groups() })),
    },
    act: () => ({ Listeners: [describeListener(existing() ?? opened(context, wanted()))] }),
  };
});

const checkSomethingGiven = ({ ListenerArn: _arn, ...fields }: Input<'ModifyListener'>): void => {
  if (Object.values(fields).every((value) => value === undefined)) throw validationError('An action must be specified');
};

/** The record without what only TLS listeners have. */
const plain = ({ SslPolicy: _policy, Certificates: _certificates, AlpnPolicy: _alpn, ...rest }: ListenerRecord): ListenerRecord => rest;

/** Absent fields stay, given lists replace. */
export const ModifyListener = checked('ModifyListener', (context: WriteContext, input: Input<'ModifyListener'>): Course<'ModifyListener', Output<'ModifyListener'>> => {
  const record = once(() => findListener(context, input.ListenerArn));
  const loadBalancer = once(() => findLoadBalancer(context, record().LoadBalancerArn));
  const protocol = () => input.Protocol ?? record().Protocol;
  const port = () => input.Port ?? record().Port;
  const actions = once(() => (input.DefaultActions ? normalizeActions(input.DefaultActions) : record().DefaultActions));
  const tls = tlsTerms(context, input, protocol, record);
  const forward = forwarding(context, actions, protocol, loadBalancer);
  const own = input.ListenerArn;
  return {
    checks: {
      listener: record,
      'something given': () => checkSomethingGiven(input),
      protocol: () => checkProtocol(protocol()),
      parameters: () => refuseUnmodelled(input),
      ...tls.checks,
      ...forward.checks,
      port: () => {
        const holder = portHolder(context, record().LoadBalancerArn, port());
        if (holder && holder.ListenerArn !== own) throw duplicateListener(record().LoadBalancerArn);
      },
      'other listeners': () => checkBeside(context, protocol(), loadBalancer(), own),
      'quota of targets': () => checkTargetCount(context, loadBalancer(), { groups: forward.groups(), own }),
    },
    act: () => {
      const changed: ListenerRecord = { ...plain(record()), Protocol: protocol(), Port: port(), ...tls.fields(), DefaultActions: actions() };
      putListener(context, changed);
      return { Listeners: [describeListener(changed)] };
    },
  };
});

/** Closes the port. */
export const DeleteListener = checked('DeleteListener', (context: WriteContext, input: Input<'DeleteListener'>): Course<'DeleteListener', Output<'DeleteListener'>> => {
  const listener = once(() => findListener(context, input.ListenerArn));
  return {
    checks: { listener },
    act: () => {
      removeListeners(context, [listener()]);
      return {};
    },
  };
});
