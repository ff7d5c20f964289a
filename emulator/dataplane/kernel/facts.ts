// What the kernel engine must know of the machine: its addresses and networks, and whether it forwards.
import fs from 'node:fs';
import os from 'node:os';

export type Facts = {
  isLocal(address: string): boolean;
  /** Networks on which this machine has an address, loopback aside. */
  links: string[];
  /** Packets that come in for others are sent on. */
  forwards: boolean;
};

const networkOf = (cidr: string): string => {
  const [address = '', length = '32'] = cidr.split('/');
  const bits = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(length));
  const start = bits - (bits % size);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${length}`;
};

const readFlag = (name: string): boolean => {
  try {
    return fs.readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
};

export const isLoopback = (address: string): boolean => address.startsWith('127.');

/** As they are now. */
export const readFacts = (): Facts => {
  const own = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).filter(({ family }) => family === 'IPv4');
  const addresses = new Set(own.map(({ address }) => address));
  return {
    isLocal: (address) => isLoopback(address) || addresses.has(address),
    links: [...new Set(own.filter(({ address }) => !isLoopback(address)).flatMap(({ cidr }) => (cidr === null ? [] : networkOf(cidr))))].sort(),
    forwards: readFlag('ip_forward'),
  };
};
