// The logger's shape and its one maker. Library code takes a Log; nobody prints.
import { pino } from 'pino';

export type Log = {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  child(bindings: object): Log;
};

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines to a file descriptor or path (default: standard error). */
export const createLog = (options: { level: LogLevel; destination?: string | number }): Log => {
  const destination = pino.destination({ dest: options.destination ?? 2, sync: true });
  // A full disk costs lines of the log, not the program.
  destination.on('error', () => {});
  return pino({ level: options.level, base: null }, destination);
};

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
