// Runs other programs for the command line: asks for their output, or hands the terminal over to them.
import { execa } from 'execa';

export type Ran = { found: boolean; ok: boolean; output: string };

/** What `command` prints, both streams together; a command that is not there is an answer, not an error. */
export const ask = async (command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> => {
  const result = await execa(command, args, { reject: false, all: true, stdin: 'ignore', timeout: 10_000, ...(env ? { env, extendEnv: false } : {}) });
  return { found: result.code !== 'ENOENT', ok: result.exitCode === 0, output: result.all ?? '' };
};

/** Runs `command` in this terminal with `env` and nothing else; answers with its exit status, 127 when it is not there, as a shell does. */
export const handOver = async (command: string, args: readonly string[], env: Record<string, string>): Promise<number> => {
  const result = await execa(command, args, { reject: false, stdio: 'inherit', env, extendEnv: false });
  if (result.code === 'ENOENT') return 127;
  return result.exitCode ?? 1;
};
