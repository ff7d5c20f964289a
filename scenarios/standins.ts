// Puts the stand-ins for what the workshop's pages fetch from the internet on a shell's PATH, and tells when one was used.
import { existsSync, readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { codeOf } from '../emulator/errors.js';
import { standInsDir } from './assets.js';
import type { Env } from './shell.js';

export type StandIns = {
  env: Env;
  /** Says what was used since the last call. */
  tell(): void;
  used(): readonly string[];
  remove(): Promise<void>;
};

/** What the workshop's own Terraform puts into the environment for this chapter. */
const variables = (env: Env): Env => ({
  EKS_CLUSTER_NAME: env['EKS_CLUSTER_NAME'] || 'eks-workshop',
  INBOUND_CIDRS: env['INBOUND_CIDRS'] || '0.0.0.0/0',
  LBC_CHART_VERSION: env['LBC_CHART_VERSION'] || '1.17.1',
  LBC_ROLE_ARN: env['LBC_ROLE_ARN'] || `arn:aws:iam::${env['AWS_ACCOUNT_ID'] || '000000000000'}:role/eks-workshop-aws-load-balancer-controller`,
});

// Upstream's is a function too: only a function can set variables of the shell that calls it.
const prepare = (given: Env): string => {
  const lines = Object.entries(given).map(([name, value]) => ` export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  return ['() {  command prepare-environment "$@" || return;', ...lines, '}'].join('\n');
};

const missing = async (tool: string, searched: string): Promise<boolean> => {
  for (const folder of searched.split(path.delimiter)) {
    try {
      await fs.access(path.join(folder, tool), fs.constants.X_OK);
      return false;
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return true;
};

const readLines = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
};

/** In the state directory of the run where there is one: it goes with that, however the rehearsal ends. */
const placeIn = (env: Env): string => {
  const state = env['NLBOX_STATE_DIR'];
  return path.join(state !== undefined && existsSync(state) ? state : os.tmpdir(), 'nlbox-standins-');
};

/** An environment in which the stand-ins are found. What they note goes to a folder of its own, which `remove` deletes. */
export const installStandIns = async (env: Env, say: (line: string) => void): Promise<StandIns> => {
  const folder = await fs.mkdtemp(placeIn(env));
  const lines: string[] = [];
  const searched = env['PATH'] ?? '';
  const last = (await missing('envsubst', searched)) ? [path.join(standInsDir, 'if-missing')] : [];
  const given = variables(env);
  return {
    env: {
      ...env,
      ...given,
      PATH: [path.join(standInsDir, 'bin'), searched, ...last].join(path.delimiter),
      NLBOX_STANDINS: folder,
      'BASH_FUNC_prepare-environment%%': prepare(given),
    },
    tell: () => {
      for (const line of readLines(path.join(folder, 'used')).slice(lines.length)) {
        lines.push(line);
        say(`  stand-in: ${line}`);
      }
    },
    used: () => [...new Set(lines)],
    remove: () => fs.rm(folder, { recursive: true, force: true }),
  };
};
