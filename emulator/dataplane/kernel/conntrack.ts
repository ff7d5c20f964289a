// Flows in the kernel's memory: listed by our marks, and forgotten where they must end.
import type { FlowClass } from './classes.js';
import { maskOfOwner } from './classes.js';
import type { Commands } from './commands.js';
import { isLoopback } from './facts.js';
import { parseFlows, type KernelFlow } from './read.js';

const hex = (value: number): string => `0x${value.toString(16)}`;
const ownMarks = (owner: number): string => `${hex(owner * 0x1000000)}/${hex(maskOfOwner)}`;

/** Every flow that bears a mark of `owner`; undefined when conntrack cannot tell. */
export const listFlows = async ({ conntrack }: Commands, owner: number): Promise<KernelFlow[] | undefined> => {
  const { ok, stdout } = await conntrack(['-L', '--mark', ownMarks(owner)]);
  return ok ? parseFlows(stdout) : undefined;
};

// A flow that ends between conntrack's look and its deletion stops it half-way; then it has to look again.
const forget = async ({ conntrack }: Commands, filter: readonly string[]): Promise<void> => {
  for (let tries = 0; tries < 10; tries += 1) {
    const ran = await conntrack(['-D', ...filter]);
    if (ran.ok || / 0 flow entries/.test(ran.stderr)) return;
  }
};

/**
 * The flows of one way are forgotten: the next segment of either side belongs to no flow, and is answered with RST;
 * the next datagram begins a flow of its own.
 */
export const forgetFlows = (commands: Commands, { mark, spec }: FlowClass): Promise<void> =>
  forget(commands, ['-d', spec.address, '--mark', `${hex(mark)}/0xffffffff`]);

/** Flows of an earlier run, whose addresses nobody knows any more: their marks mean something else now. */
export const forgetEarlier = (commands: Commands, owner: number): Promise<void> => forget(commands, ['--mark', ownMarks(owner)]);

/** All flows through `addresses` are forgotten. */
export const forgetAll = async (commands: Commands, owner: number, addresses: Iterable<string>): Promise<void> => {
  const groups = new Set([...addresses].map((address) => (isLoopback(address) ? `${address.split('.').slice(0, 2).join('.')}.0.0/16` : address)));
  for (const group of groups) await forget(commands, ['-d', group, '--mark', ownMarks(owner)]);
};
