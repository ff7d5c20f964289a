// Target groups of the NLB's protocols: create, modify (health check only), delete.
import { isDeepStrictEqual } from 'node:util';
import type { ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import { targetKey } from '../../state/targets.js';
import type { TargetGroupRecord } from '../../state/types.js';
import { complaint, refuse } from '../../wire/complaints.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { checkArn, targetGroupArn } from './arns.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { notModelled, refuseUnmodelled } from './faults.js';
import { findTargetGroup } from './find.js';
import { healthCheckTerms, type HealthCheckSettings } from './healthcheck.js';
import { isRefused } from './modelled.js';
import { tagChecks, tagsOf } from './tags.js';
import { describeGroup, describeInUse } from './targetgroupviews.js';
import { unseen } from './texts.js';

type CreateInput = Input<'CreateTargetGroup'>;

const namePattern = '(?!^-)(?!.*-$)^[A-Za-z0-9-]+$';

const checkName = ({ Name }: CreateInput): void => {
  if (Name.length > 32) throw validationError(`Target group name '${Name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]*$/.test(Name)) throw validationError(`Target group name '${Name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  if (!new RegExp(namePattern).test(Name)) refuse([complaint(Name, 'targetGroupName', `Member must satisfy regular expression pattern: ${namePattern}`)]);
};

const checkTargetType = ({ TargetType }: CreateInput): void => {
  if (isRefused('targetTypes', TargetType ?? '')) throw notModelled(`target groups with target type '${TargetType}'`);
};

const checkProtocol = ({ Protocol }: CreateInput): ProtocolEnum => {
  if (Protocol === undefined) throw validationError('A protocol must be specified');
  if (isRefused('targetGroupProtocols', Protocol)) throw notModelled(`target groups with protocol '${Protocol}'`);
  return Protocol;
};

const checkProtocolVersion = ({ ProtocolVersion }: CreateInput, protocol: string): void => {
  if (ProtocolVersion !== undefined) throw unseen.protocolVersion(protocol);
};

const checkPort = ({ Port }: CreateInput): number => {
  if (Port === undefined) throw validationError('A port must be specified');
  return Port;
};

const checkVpc = ({ vpc }: Context, { VpcId }: CreateInput): string => {
  if (!VpcId) throw validationError('A VPC ID must be specified');
  if (vpc?.VpcId !== VpcId) throw validationError(`The VPC ID '${VpcId}' is not found`);
  return VpcId;
};

// What does not decide whether a second create call is the same call.
const settingsOf = ({ TargetGroupArn: _arn, attributes: _attributes, tags: _tags, InUseSince: _since, ...settings }: TargetGroupRecord) => settings;

const checkSame = (existing: TargetGroupRecord | undefined, wanted: TargetGroupRecord): void => {
  if (!existing || isDeepStrictEqual(settingsOf(existing), settingsOf(wanted))) return;
  throw new AwsFault('DuplicateTargetGroupName', `A target group with the same name '${wanted.TargetGroupName}' exists, but with different settings`);
};

const checkQuota = ({ read, quota }: Context): void => {
  if (read.count('targetGroups') >= quota('target-groups')) throw unseen.tooManyTargetGroups();
};

type Settled = Pick<TargetGroupRecord, 'Protocol' | 'Port' | 'VpcId'> & HealthCheckSettings;

/** The record that a request asks for. */
const wantedRecord = ({ scope, newId }: WriteContext, { Name, TargetType = 'instance', IpAddressType = 'ipv4', Tags }: CreateInput, settled: Settled): TargetGroupRecord => ({
  TargetGroupArn: targetGroupArn(scope, Name, newId()),
  TargetGroupName: Name,
  TargetType,
  IpAddressType,
  ...settled,
  attributes: {},
  tags: tagsOf(Tags),
});

/** Creates a group, or answers the one of that name when it has the same settings. */
export const CreateTargetGroup = checked('CreateTargetGroup', (context: WriteContext, input: CreateInput): Course<'CreateTargetGroup', Output<'CreateTargetGroup'>> => {
  const [existing] = context.read.by('targetGroups', 'TargetGroupName', input.Name);
  const protocol = once(() => checkProtocol(input));
  const port = once(() => checkPort(input));
  const vpc = once(() => checkVpc(context, input));
  const healthCheck = healthCheckTerms(input, () => input.TargetType ?? 'instance');
  const wanted = once(() => wantedRecord(context, input, { Protocol: protocol(), Port: port(), VpcId: vpc(), ...healthCheck.settings() }));
  return {
    checks: {
      name: () => checkName(input),
      'target type': () => checkTargetType(input),
      protocol,
      'protocol version': () => checkProtocolVersion(input, protocol()),
      port,
      VPC: vpc,
      parameters: () => refuseUnmodelled(input),
      ...healthCheck.checks,
      ...tagChecks(input.Tags),
      'same name': () => checkSame(existing, wanted()),
      quota: () => existing ?? checkQuota(context),
    },
    act: () => {
      if (existing) return { TargetGroups: [describeInUse(context, existing)] };
      context.tx.put('targetGroups', wanted().TargetGroupArn, wanted());
      return { TargetGroups: [describeGroup(wanted())] };
    },
  };
});

/** Changes the health check; everything else is fixed at creation. */
export const ModifyTargetGroup = checked('ModifyTargetGroup', (context: WriteContext, input: Input<'ModifyTargetGroup'>): Course<'ModifyTargetGroup', Output<'ModifyTargetGroup'>> => {
  const record = once(() => findTargetGroup(context, input.TargetGroupArn));
  const healthCheck = healthCheckTerms(input, () => record().TargetType, record);
  return {
    checks: { 'target group': record, ...healthCheck.checks },
    act: () => {
      const { HealthCheckPath: _path, Matcher: _matcher, ...rest } = record();
      const changed: TargetGroupRecord = { ...rest, ...healthCheck.settings() };
      context.tx.put('targetGroups', changed.TargetGroupArn, changed);
      return { TargetGroups: [describeInUse(context, changed)] };
    },
  };
});

const checkUnused = ({ read }: Context, arn: string): void => {
  if (read.by('listeners', 'TargetGroupArn', arn).length === 0) return;
  throw new AwsFault('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`);
};

/** Deletes a group that no listener refers to, with its targets. One that is not there is deleted already. */
export const DeleteTargetGroup = checked('DeleteTargetGroup', (context: WriteContext, { TargetGroupArn: arn }: Input<'DeleteTargetGroup'>): Course<'DeleteTargetGroup', Output<'DeleteTargetGroup'>> => ({
  checks: { ARN: () => checkArn('target group', arn), 'in use': () => checkUnused(context, arn) },
  act: () => {
    for (const target of context.read.by('targets', 'TargetGroupArn', arn)) context.tx.delete('targets', targetKey(target));
    context.tx.delete('targetGroups', arn);
    return {};
  },
}));
