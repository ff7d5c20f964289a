// Who holds a TCP port: pid and command of the listening process, read from Linux's /proc. Elsewhere nobody is named.
import fs from 'node:fs';

export type PortOwner = { pid: number; command: string };

const listening = '0A';

const readOr = (read: () => string): string => {
  try {
    return read();
  } catch {
    // A process that ended, or one of another user: not for us to read.
    return '';
  }
};

// Lines of /proc/net/tcp: `sl local_address rem_address st … inode`; addresses are hexadecimal `host:port`.
const inodesOf = (port: number): Set<string> => {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readOr(() => fs.readFileSync(file, 'utf8')).split('\n').slice(1));
  return new Set(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === listening && fields[1]?.endsWith(`:${wanted}`))
      .map((fields) => `socket:[${fields[9]}]`),
  );
};

const descriptors = (pid: string): string[] => {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).map((fd) => readOr(() => fs.readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return [];
  }
};

const commandOf = (pid: string): string =>
  readOr(() => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter(Boolean).join(' ') ||
  readOr(() => fs.readFileSync(`/proc/${pid}/comm`, 'utf8')).trim();

const processes = (): string[] => {
  try {
    return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

/** The process that listens on `port`, if this system and our rights let us see it. */
export const portOwner = (port: number): PortOwner | undefined => {
  const inodes = inodesOf(port);
  if (inodes.size === 0) return undefined;
  const pid = processes().find((candidate) => descriptors(candidate).some((link) => inodes.has(link)));
  return pid === undefined ? undefined : { pid: Number(pid), command: commandOf(pid).slice(0, 120) };
};
