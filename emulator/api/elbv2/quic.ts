// The server ids of QUIC targets, by which NLB finds the target of a connection that has moved.
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { targetId } from '../../state/targets.js';
import type { TargetGroupRecord, TargetRecord } from '../../state/types.js';
import type { Checked, Context } from './context.js';
import { unseen } from './texts.js';

const form = /^0x[0-9a-f]{16}$/;

const checkServerId = ({ Id, QuicServerId }: Checked<TargetDescription>, protocol: string): void => {
  if (QuicServerId === undefined) throw unseen.serverIdMissing(Id, protocol);
  if (!form.test(QuicServerId)) throw unseen.serverIdMalformed(QuicServerId);
};

/** Each target of a QUIC group has a server id, no other target has one. */
export const checkServerIds = ({ Protocol }: TargetGroupRecord, targets: readonly Checked<TargetDescription>[]): void => {
  if (Protocol.endsWith('QUIC')) return targets.forEach((target) => checkServerId(target, Protocol));
  if (targets.some(({ QuicServerId }) => QuicServerId !== undefined)) throw unseen.serverIdOfOthers(Protocol);
};

/** No server id stands for two targets of a group. */
export const checkServerIdsOfOthers = ({ read }: Pick<Context, 'read'>, { TargetGroupArn }: TargetGroupRecord, targets: readonly TargetRecord[]): void => {
  const ofQuic = targets.filter(({ QuicServerId }) => QuicServerId !== undefined);
  if (ofQuic.length === 0) return;
  const owners = new Map(read.by('targets', 'TargetGroupArn', TargetGroupArn).map((one) => [one.QuicServerId, targetId(one)]));
  for (const target of ofQuic) {
    const owner = owners.get(target.QuicServerId) ?? targetId(target);
    if (owner !== targetId(target)) throw unseen.serverIdTaken(target.QuicServerId ?? '');
    owners.set(target.QuicServerId, owner);
  }
};
