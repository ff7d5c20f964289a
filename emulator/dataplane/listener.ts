// One listening socket for one zone's address. A failing connection never stops it; a port it cannot have is replaced,
// said, and taken back when it is free.
import type { Log } from '../log.js';
import { openSomewhere, type Found, type NodeSpec, type Place } from './place.js';
import type { Bound } from './types.js';

export type { NodeSpec } from './place.js';

/** A socket that listens. */
export type Opened = { port: number; close(): void };

export type ListenerNode = {
  readonly spec: NodeSpec;
  /** Resolves, never rejects, when the port is open or it is known why not. */
  readonly ready: Promise<void>;
  bound(): Bound;
  /** The address of `bound()`. */
  address(): string;
  /** Whether it does not listen where it should. */
  misplaced(): boolean;
  /** Whether the wanted port was taken by somebody who may leave it. */
  waits(): boolean;
  /** Asks for the wanted port again; what listens meanwhile goes only when that is had. */
  retry(): Promise<void>;
  /** Stops accepting; connections that exist stay. */
  close(): Promise<void>;
};

/** Opens a socket at a place, for a node; rejects when the place cannot be had. */
export type Open = (place: Place, node: ListenerNode) => Promise<Opened>;

const boundOf = ({ listenerId, zone, transport, address, port: wanted }: NodeSpec, found: Found<Opened>): Bound => ({
  listenerId,
  zone,
  transport,
  wanted,
  address: found.place?.address ?? address,
  port: found.opened?.port ?? 0,
  ...(found.problem === undefined ? {} : { problem: found.problem }),
});

/** Opens the node's port, or a free one in its place (`bound()` says which and why; port 0 when none could be had). */
export const openNode = (spec: NodeSpec, open: Open, log: Log): ListenerNode => {
  let found: Found<Opened> = { problem: 'not open yet', waits: false };
  let closed = false;
  const say = (): void => {
    const { problem, ...where } = boundOf(spec, found);
    if (problem !== undefined) log.warn({ ...where, problem }, 'listening elsewhere');
    else log.debug(where, 'listening');
  };
  const retry = async (): Promise<void> => {
    const place = { address: spec.address, port: spec.port };
    const opened = await open(place, node).catch(() => undefined);
    if (!opened) return;
    if (closed) return opened.close();
    found.opened?.close();
    found = { opened, place, waits: false };
    say();
  };
  const node: ListenerNode = {
    spec,
    ready: Promise.resolve().then(async () => {
      found = await openSomewhere(spec, (place) => open(place, node));
      say();
    }),
    bound: () => boundOf(spec, found),
    address: () => found.place?.address ?? spec.address,
    misplaced: () => found.problem !== undefined,
    waits: () => found.waits,
    retry: () => (closed ? Promise.resolve() : retry()),
    close: async () => {
      closed = true;
      await node.ready;
      found.opened?.close();
    },
  };
  return node;
};
