// The server ids of QUIC targets, by which NLB finds the target of a connection that has moved.
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import type { Checked, Context } from './context.js';

const form = /^0x[0-9a-f]{16}$/;

const checked = (group: TargetGroupRecord, { Id, QuicServerId }: Checked<TargetDescription>): string => {
  if (QuicServerId === undefined) throw validationError(`A QUIC server ID must be specified for target '${Id}' of a target group with the ${group.Protocol} protocol`);
  if (!form.test(QuicServerId)) throw validationError(`QUIC server ID '${QuicServerId}' is not valid`);
  return QuicServerId;
};

/** One object for each target, with its server id where the group's protocol has them; no id stands for two targets. */
export const serverIds = ({ read }: Context, group: TargetGroupRecord, targets: readonly Checked<TargetDescription>[]): { QuicServerId?: string }[] => {
  if (!group.Protocol.endsWith('QUIC')) {
    const given = targets.find(({ QuicServerId }) => QuicServerId !== undefined);
    if (given) throw validationError(`A QUIC server ID cannot be specified for targets of a target group with the ${group.Protocol} protocol`);
    return targets.map(() => ({}));
  }
  const owners = new Map(read.by('targets', 'TargetGroupArn', group.TargetGroupArn).map((one) => [one.QuicServerId, `${one.Id}|${one.Port}`]));
  return targets.map((target) => {
    const QuicServerId = checked(group, target);
    const key = `${target.Id}|${target.Port ?? group.Port}`;
    const owner = owners.get(QuicServerId) ?? key;
    if (owner !== key) throw new AwsFault('InvalidTarget', `QUIC server ID '${QuicServerId}' is already used by another target of the target group`);
    owners.set(QuicServerId, key);
    return { QuicServerId };
  });
};
