// Ports that need privileges: which this process may open, and where those of pods listen that it may not.
import fs from 'node:fs';

// CAP_NET_BIND_SERVICE of linux/capability.h, as a bit of CapEff in /proc/self/status.
const bindService = 1n << 10n;

// Above the ports that Linux gives out by itself (32768 to 60999), so that none is taken by chance.
const standsAt = 64_000;

const read = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const mayOpenAll = (status: string): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  return effective === undefined ? process.getuid?.() === 0 : (BigInt(`0x${effective}`) & bindService) !== 0n;
};

/** The lowest port that this process may open on an address of the machine. */
export const lowestPort = (): number => {
  if (mayOpenAll(read('/proc/self/status'))) return 1;
  const start = Number.parseInt(read('/proc/sys/net/ipv4/ip_unprivileged_port_start'), 10);
  return Number.isNaN(start) ? 1024 : start;
};

/** Where a pod's port really listens, on the pod's own address, for a process whose lowest port is `lowest`. */
export const standingFor = (lowest: number, port: number): number => (port > 0 && port < lowest ? standsAt + port : port);
