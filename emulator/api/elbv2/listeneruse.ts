// Which target groups are in use: kept in step whenever listeners come, change or go.
import { forwardedGroups } from '../../state/indexes.js';
import type { ListenerRecord, TargetGroupRecord } from '../../state/types.js';
import type { WriteContext } from './context.js';

const markUse = ({ tx, now }: WriteContext, arn: string): void => {
  const record = tx.get('targetGroups', arn);
  if (!record) return;
  const isUsed = tx.by('listeners', 'TargetGroupArn', arn).length > 0;
  if (isUsed === (record.InUseSince !== undefined)) return;
  const { InUseSince: _since, ...rest } = record;
  const marked: TargetGroupRecord = isUsed ? { ...rest, InUseSince: now } : rest;
  tx.put('targetGroups', arn, marked);
};

const groupsOf = (listener: ListenerRecord | undefined): string[] => (listener ? forwardedGroups(listener.DefaultActions) : []);

/** Puts a listener in place of the one before, and marks the groups that it took up or let go. */
export const putListener = (context: WriteContext, listener: ListenerRecord): void => {
  const before = context.tx.get('listeners', listener.ListenerArn);
  context.tx.put('listeners', listener.ListenerArn, listener);
  for (const arn of new Set([...groupsOf(before), ...groupsOf(listener)])) markUse(context, arn);
};

/** Removes listeners, and marks the groups that nothing uses any more. */
export const removeListeners = (context: WriteContext, listeners: readonly ListenerRecord[]): void => {
  for (const { ListenerArn } of listeners) context.tx.delete('listeners', ListenerArn);
  for (const arn of new Set(listeners.flatMap(groupsOf))) markUse(context, arn);
};
