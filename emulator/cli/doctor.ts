// `nlbox doctor`: what stands in the way on this machine, each with its remedy.
import { diagnose, type Finding } from './doctor/checks.js';
import { gather } from './doctor/facts.js';
import type { StateOptions } from './run-file.js';

const marks: Record<Finding['level'], string> = { ok: 'ok  ', warn: 'warn', stop: 'STOP' };

const lines = ({ level, says, remedy }: Finding): string[] => [`${marks[level]}  ${says}`, ...(remedy === undefined ? [] : [`      ${remedy}`])];

const verdict = (findings: readonly Finding[]): string => {
  const stops = findings.filter(({ level }) => level === 'stop').length;
  return stops === 0 ? 'Nothing stands in the way.' : `${stops} ${stops === 1 ? 'thing stands' : 'things stand'} in the way.`;
};

export const doctorText = (findings: readonly Finding[]): string => [...findings.flatMap(lines), '', verdict(findings)].join('\n');

/** Ends with 1 when a workshop page would not get through. */
export const doctor = async (options: StateOptions & { json?: boolean; dnsPort?: number }): Promise<void> => {
  const findings = diagnose(await gather(options));
  process.stdout.write(`${options.json ? JSON.stringify(findings, undefined, 2) : doctorText(findings)}\n`);
  if (findings.some(({ level }) => level === 'stop')) process.exitCode = 1;
};
