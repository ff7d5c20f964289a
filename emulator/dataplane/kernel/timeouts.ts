// How long the kernel remembers a flow: ct timeout objects, named by what they say. Pure.
import type { Transport } from '../types.js';

// Fixed on AWS.
const udpSeconds = 120;

// A closed connection is remembered just long enough for its last segments. With the kernel's own 120 s the table is
// full of TIME_WAIT at two thousand connections a second, and then it is searched for something to drop for each new one.
const closedSeconds = { time_wait: 2, close: 1 } as const;

/** A target must answer a new flow within this time. */
const openingSeconds = 30;

/** `tcp_350`: flows are forgotten after 350 s without a packet. The kernel counts in whole seconds. */
export const timeoutName = (transport: Transport, idleTimeout: number): string => {
  const seconds = Math.max(1, Math.ceil(idleTimeout / 1000));
  return `${transport}_${transport === 'udp' ? Math.min(seconds, udpSeconds) : seconds}`;
};

const policyOf = (transport: string, idle: number): Record<string, number> => {
  if (transport === 'udp') return { unreplied: idle, replied: idle };
  const opening = Math.min(openingSeconds, idle);
  return { syn_sent: opening, syn_recv: opening, established: idle, fin_wait: idle, close_wait: idle, last_ack: opening, retrans: idle, unack: idle, ...closedSeconds };
};

/** In nft's own language: nft 1.0.6 drops the policy of a ct timeout that comes as JSON. */
export const timeoutText = (table: string, name: string): string => {
  const [transport = '', seconds] = name.split('_');
  const policy = Object.entries(policyOf(transport, Number(seconds))).map(([state, value]) => `${state}: ${value}`);
  return `table ip ${table} {\n  ct timeout ${name} {\n    protocol ${transport}\n    l3proto ip\n    policy = { ${policy.join(', ')} }\n  }\n}\n`;
};
