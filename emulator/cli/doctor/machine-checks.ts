// What `doctor` concludes about clocks and about what runs that died have left on the machine: pure.
import type { Check, Finding } from './checks.js';

const tolerance = 60_000;

const apart = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead of' : 'behind'}`;

/** Certificates of a cluster are valid from the moment they were made: by a clock that went back, in the future. */
const clocks: Check = ({ clock: { now, newestState, docker } }) => {
  const findings: Finding[] = [];
  if (newestState !== undefined && newestState - now > tolerance) {
    findings.push({ check: 'clock', level: 'warn', says: `the clock of this machine is ${apart(now - newestState)} the newest file of the state: it went back, and certificates made before may not be valid yet`, remedy: 'Set the clock (`timedatectl set-ntp true`), or begin anew: `npx nlbox down`.' });
  }
  if (docker !== undefined && Math.abs(docker - now) > tolerance) {
    findings.push({ check: 'clock', level: 'warn', says: `Docker's clock is ${apart(docker - now)} this machine's: certificates of a kind cluster may not be valid`, remedy: 'Restart Docker: its virtual machine takes the time from this one.' });
  }
  return findings.length > 0 ? findings : [{ check: 'clock', level: 'ok', says: 'clocks agree' }];
};

const tables: Check = ({ leftovers }) =>
  leftovers.tables.length === 0 ? [] : [{
    check: 'leftovers', level: 'warn', says: `nftables has ${leftovers.tables.map(({ name }) => name).join(', ')} of a run that died`,
    remedy: `The next \`npx nlbox up\` with the kernel engine takes them out, or: \`${leftovers.tables.map(({ family, name }) => `sudo nft delete table ${family} ${name}`).join('; ')}\`.`,
  }];

/** On macOS they were added for us and stay until the next boot; Linux needs none. */
const aliases: Check = ({ leftovers, platform, run }) => {
  if (run?.alive || leftovers.aliases.length === 0) return [];
  const remove = leftovers.aliases.map((address) => (platform === 'darwin' ? `sudo ifconfig lo0 -alias ${address}` : `sudo ip address del ${address}/8 dev lo`)).join('; ');
  return [{ check: 'leftovers', level: 'ok', says: `the loopback interface has ${leftovers.aliases.length} more ${leftovers.aliases.length === 1 ? 'address' : 'addresses'}; nobody else's, they go with: ${remove}` }];
};

/** A run whose state directory is gone answers no `nlbox down`. */
const runs: Check = ({ leftovers, run, gone }) => {
  const lost = leftovers.runs.filter(({ pid, stateDir }) => pid !== run?.pid && stateDir !== undefined && gone(stateDir));
  return lost.map(({ pid, stateDir }) => ({ check: 'leftovers', level: 'warn', says: `process ${pid} is an nlbox whose state directory ${stateDir} is gone`, remedy: `\`kill ${pid}\`` }));
};

export const machineChecks: readonly Check[] = [clocks, tables, aliases, runs];
