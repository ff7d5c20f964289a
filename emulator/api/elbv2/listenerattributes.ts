// Attributes of listeners: one key, on protocols whose idle timeout can be set.
import type { ListenerRecord } from '../../state/types.js';
import { asList, attributeChange, between, fullSet, type AttributeRow, type Refusals } from './attributes.js';
import { checked, once, type Course } from './checked.js';
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
export const DescribeListenerAttributes = checked(
  'DescribeListenerAttributes',
  (context: Context, input: Input<'DescribeListenerAttributes'>): Course<'DescribeListenerAttributes', Output<'DescribeListenerAttributes'>> => {
    const listener = once(() => findListener(context, input.ListenerArn));
    return { checks: { listener }, act: () => ({ Attributes: asList(fullSet(rows, listener())) }) };
  },
);

/** Sets some, answers all. */
export const ModifyListenerAttributes = checked(
  'ModifyListenerAttributes',
  (context: WriteContext, input: Input<'ModifyListenerAttributes'>): Course<'ModifyListenerAttributes', Output<'ModifyListenerAttributes'>> => {
    const listener = once(() => findListener(context, input.ListenerArn));
    const { checks, changed } = attributeChange(rows, listener, input.Attributes, refusals);
    return {
      checks: { listener, ...checks },
      act: () => {
        context.tx.put('listeners', listener().ListenerArn, changed());
        return { Attributes: asList(fullSet(rows, changed())) };
      },
    };
  },
);
