// `nlbox aws …`: the user's own aws with the endpoint and credentials of the running nlbox; this shell stays as it is.
import { UserError } from '../errors.js';
import { fetchInfo } from './admin.js';
import { variablesOf } from './env.js';
import { requireRun, type StateOptions } from './run-file.js';
import { handOver } from './run.js';

/** What in a shell would lead aws elsewhere. */
const misleading = /^(AWS_PROFILE|AWS_DEFAULT_PROFILE|AWS_SESSION_TOKEN|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS|AWS_ENDPOINT_URL_.*)$/;

export const aws = async (args: readonly string[], options: StateOptions): Promise<void> => {
  const info = await fetchInfo(requireRun(options));
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !misleading.test(entry[0]));
  // Versions before 2.13 know no AWS_ENDPOINT_URL.
  const endpoint = args.some((arg) => arg.startsWith('--endpoint-url')) ? [] : ['--endpoint-url', info.endpoint];
  const status = await handOver('aws', [...endpoint, ...args], { ...Object.fromEntries(inherited), ...variablesOf(info) });
  if (status === 127) throw new UserError('aws is not installed', { hint: 'Install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html' });
  process.exitCode = status;
};
