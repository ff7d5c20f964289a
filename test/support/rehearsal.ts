// A home and an environment in which `nlbox rehearse` starts an nlbox of its own, apart from all others.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cleanEnv, freeBlock } from './nlbox.js';
import { warmAws } from './warm-aws.js';

export const rehearsalHome = async (t: { teardown(fn: () => void | Promise<void>): void }): Promise<{ home: string; stateDir: string; env: Record<string, string>; args: string[] }> => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-rehearse-'));
  t.teardown(() => fs.rmSync(home, { recursive: true, force: true }));
  const stateDir = path.join(home, 'state');
  const env = {
    ...cleanEnv(home),
    PATH: await warmAws(t),
    NLBOX_PORT: '0',
    NLBOX_KUBE_PORT: '0',
    NLBOX_LOOPBACK: String(await freeBlock()),
    NLBOX_HOSTS_FILE: path.join(home, 'no-hosts-file'),
  };
  return { home, stateDir, env, args: [path.resolve('emulator/nlbox.mjs'), '--state-dir', stateDir] };
};
