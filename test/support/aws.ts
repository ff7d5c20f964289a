// A dispatch behind a real port, and the real `aws` in front of it, with nothing in its environment that could lead elsewhere.
import { execFile } from 'node:child_process';
import type { ExecutionContext } from 'ava';
import type { Dispatch } from '../../emulator/api/dispatch.js';
import { manualClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createWebDoor } from '../../emulator/web/door.js';

/** The URL at which the dispatch answers until the test ends. */
export const openAws = async (t: ExecutionContext, { answer, refuse, bodyLimit }: Dispatch): Promise<string> => {
  const door = createWebDoor({
    port: 0, version: '0', clock: manualClock(), log: silentLog, answer, refuse, bodyLimit,
    info: () => ({}), services: () => ({}), stop: { token: '', run: () => {} }, resolve: () => undefined,
  });
  const { url } = await door.listen();
  t.teardown(() => door.close());
  return url;
};

export type CliAnswer = { code: number; stdout: string; stderr: string };

/** `aws …` against a URL, from a PATH. */
export const awsAt = (url: string, region: string, PATH: string) => (...args: string[]): Promise<CliAnswer> => {
  const env = {
    PATH, HOME: '/nonexistent', AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: region, AWS_PAGER: '', AWS_MAX_ATTEMPTS: '1', PYENV_VERSION: process.env['PYENV_VERSION'], PYENV_ROOT: process.env['PYENV_ROOT'],
  };
  return new Promise((resolve) => {
    execFile('aws', [...args, '--output', 'json'], { env }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }));
  });
};
