// `nlbox explain svc NS/NAME`: why a Service is Pending, unhealthy or unreachable, and what to do next.
import { fetchInfo } from './admin.js';
import { diagnose } from './diagnose/diagnose.js';
import { gather, parseKey } from './explain/gather.js';
import { explanation, summaryOf } from './explain/report.js';
import { requireRun, type StateOptions } from './run-file.js';

export type ExplainOptions = StateOptions & { json?: boolean; from?: string };

// A connection to an address of the loopback network comes from this one, unless its maker chose another.
const usualCaller = '127.0.0.1';

/** Exits with 1 when something is wrong, so that scripts can ask. */
export const explainService = async (key: string, options: ExplainOptions): Promise<void> => {
  const wanted = parseKey(key);
  const info = await fetchInfo(requireRun(options));
  const facts = await gather(info, wanted, options.from ?? usualCaller);
  const findings = diagnose(facts);
  const text = options.json ? JSON.stringify({ ...summaryOf(facts), findings }, undefined, 2) : explanation(facts, findings);
  process.stdout.write(`${text}\n`);
  if (findings.some(({ level }) => level === 'error')) process.exitCode = 1;
};
