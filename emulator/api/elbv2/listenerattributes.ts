// Attributes of listeners: one key, on protocols whose idle timeout can be set.
import type { ListenerRecord } from '../../state/types.js';
import { asList, between, changedAttributes, fullSet, type AttributeRow, type Refusals } from './attributes.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { findListener } from './find.js';
import { unseen } from './texts.js';

const idleTimeout = 'tcp.idle_timeout.seconds';

const rows: readonly AttributeRow<ListenerRecord>[] = [
  { key: idleTimeout, initial: ({ Protocol }) => (Protocol === 'TCP' || Protocol === 'TCP_UDP' ? '350' : undefined), check: between(idleTimeout, 60, 6000) },
];

const unsupported = (key: string, { Protocol }: ListenerRecord) => unseen.attributeOfOthers(key, Protocol);

const refusals: Refusals<ListenerRecord> = {
  unknown: (key, record) => (key.startsWith('routing.http.') ? unsupported(key, record) : unseen.attributeUnknown(key)),
  unsupported,
};

/** The complete set; empty for protocols with fixed timeouts. */
export const DescribeListenerAttributes = (context: Context, input: Input<'DescribeListenerAttributes'>): Output<'DescribeListenerAttributes'> => ({
  Attributes: asList(fullSet(rows, findListener(context, input.ListenerArn))),
});

/** Sets some, answers all. */
export const ModifyListenerAttributes = (context: WriteContext, input: Input<'ModifyListenerAttributes'>): Output<'ModifyListenerAttributes'> => {
  const record = findListener(context, input.ListenerArn);
  const changed = { ...record, attributes: changedAttributes(rows, record, input.Attributes, refusals) };
  context.tx.put('listeners', record.ListenerArn, changed);
  return { Attributes: asList(fullSet(rows, changed)) };
};
