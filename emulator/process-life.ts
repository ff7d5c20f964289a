// Whether a process that left its name somewhere still lives: a pid alone is soon used again.
import fs from 'node:fs';
import { codeOf } from './errors.js';

/** `Z` and `X` in /proc/PID/stat: ended, though its parent has not looked yet. */
const ended = new Set(['Z', 'X']);

const statOf = (pid: number): string[] => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
};

/** When the process started, in kernel ticks; empty where /proc is not there. */
export const startOf = (pid: number): string => statOf(pid)[19] ?? '';

/** Whether `pid` lives and, where `start` is known, is the process that started then. */
export const isAlive = (pid: number, start = ''): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return !ended.has(statOf(pid)[0] ?? '') && (start === '' || startOf(pid) === start);
};
