// `nlbox env`: the variables that point a shell's aws, kubectl and curl at nlbox.
import type { Info } from '../main.js';
import { fetchInfo } from './admin.js';
import { requireRun, type StateOptions } from './run-file.js';

/** What a shell needs. The proxy appears only where the hosts file could not be written. */
export const variablesOf = (info: Info): Record<string, string> => ({
  AWS_ENDPOINT_URL: info.endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: info.region,
  AWS_DEFAULT_REGION: info.region,
  AWS_PAGER: '',
  AWS_DEFAULT_OUTPUT: 'json',
  AWS_ACCOUNT_ID: info.account,
  EKS_CLUSTER_NAME: info.clusterName,
  INBOUND_CIDRS: '0.0.0.0/0',
  ...(info.cluster ? { KUBECONFIG: info.cluster.kubeconfig } : {}),
  ...(info.names.mode === 'proxy' ? { http_proxy: info.endpoint, no_proxy: 'localhost,127.0.0.1' } : {}),
});

const quote = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

export const env = async (options: StateOptions & { json?: boolean; unset?: boolean }): Promise<void> => {
  const variables = variablesOf(await fetchInfo(requireRun(options)));
  if (options.json) process.stdout.write(`${JSON.stringify(variables, undefined, 2)}\n`);
  else if (options.unset) process.stdout.write(`unset ${Object.keys(variables).join(' ')}\n`);
  else for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${quote(value)}\n`);
};
