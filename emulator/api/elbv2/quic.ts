// The server ids of QUIC targets, by which NLB finds the target of a connection that has moved.
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupRecord } from '../../state/types.js';
import type { Checked, Context } from './context.js';
import { unseen } from './texts.js';

const form = /^0x[0-9a-f]{16}$/;

const checked = (group: TargetGroupRecord, { Id, QuicServerId }: Checked<TargetDescription>): string => {
  if (QuicServerId === undefined) throw unseen.serverIdMissing(Id, group.Protocol);
  if (!form.test(QuicServerId)) throw unseen.serverIdMalformed(QuicServerId);
  return QuicServerId;
};

/** One object for each target, with its server id where the group's protocol has them; no id stands for two targets. */
export const serverIds = ({ read }: Context, group: TargetGroupRecord, targets: readonly Checked<TargetDescription>[]): { QuicServerId?: string }[] => {
  if (!group.Protocol.endsWith('QUIC')) {
    const given = targets.find(({ QuicServerId }) => QuicServerId !== undefined);
    if (given) throw unseen.serverIdOfOthers(group.Protocol);
    return targets.map(() => ({}));
  }
  const owners = new Map(read.by('targets', 'TargetGroupArn', group.TargetGroupArn).map((one) => [one.QuicServerId, `${one.Id}|${one.Port}`]));
  return targets.map((target) => {
    const QuicServerId = checked(group, target);
    const key = `${target.Id}|${target.Port ?? group.Port}`;
    const owner = owners.get(QuicServerId) ?? key;
    if (owner !== key) throw unseen.serverIdTaken(QuicServerId);
    owners.set(QuicServerId, key);
    return { QuicServerId };
  });
};
