// A machine of one's own for a test: bash in namespaces where it is root, with a network, a hosts file and a resolver that nobody else sees.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

const flags = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why there can be none here, or undefined. */
export const noNamespaces = (): string | undefined =>
  spawnSync('unshare', [...flags, 'ip', 'link', 'set', 'lo', 'up']).status === 0 ? undefined : 'namespaces of one\'s own are not allowed';

const prelude = `set -eo pipefail
ip link set lo up
mount --bind "$WORLD/hosts" /etc/hosts
mount --bind "$WORLD/resolv.conf" /etc/resolv.conf
`;

/** Runs `script` there and answers with what it printed; all that it started ends with it. `folder` is `$WORLD`. */
export const inNamespace = async (folder: string, script: string, env: Record<string, string>): Promise<string> => {
  fs.writeFileSync(path.join(folder, 'hosts'), '127.0.0.1 localhost\n');
  fs.writeFileSync(path.join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:2 attempts:1\n');
  const { stdout, stderr, exitCode } = await execa('unshare', [...flags, 'bash', '-c', prelude + script], { env: { ...env, WORLD: folder }, extendEnv: false, reject: false, stdin: 'ignore' });
  if (exitCode !== 0) throw new Error(`the script ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
};
