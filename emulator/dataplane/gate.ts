// Which clients a listener's source ranges let in.
import { BlockList, isIPv6 } from 'node:net';
import type { AllowRule, Listener, Transport } from './types.js';

/** Whether a client at `address` may connect. */
export type Gate = (listener: Listener, transport: Transport, address: string) => boolean;

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

const rangesOf = (rules: readonly AllowRule[], port: number, transport: Transport): BlockList => {
  const ranges = new BlockList();
  for (const { cidr, fromPort, toPort, protocol } of rules) {
    if (port < fromPort || port > toPort || (protocol !== 'all' && protocol !== transport)) continue;
    const [network = '', prefix] = cidr.split('/');
    ranges.addSubnet(network, Number(prefix), familyOf(network));
  }
  return ranges;
};

/** Ranges are worked out once per listener of a plan. */
export const createGate = (): Gate => {
  const known = new WeakMap<Listener, Partial<Record<Transport, BlockList>>>();
  return (listener, transport, address) => {
    if (!listener.allow) return true;
    const ranges = known.get(listener) ?? {};
    known.set(listener, ranges);
    ranges[transport] ??= rangesOf(listener.allow, listener.port, transport);
    return ranges[transport].check(address, familyOf(address));
  };
};
