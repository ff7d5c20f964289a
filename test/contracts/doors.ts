// Three doors to one ELBv2: HTTP with the official SDK, the shim's handler without sockets, and the real `aws` CLI. What comes back is the same.
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ExecutionContext } from 'ava';
import type { Dispatch } from '../../emulator/api/dispatch.js';
import { inProcessHandler } from '../../sdk-shim/in-process.js';
import { emulatorConfig } from '../../sdk-shim/index.js';
import { region } from '../api/elbv2/fixture.js';
import { awsAt, openAws } from '../support/aws.js';
import { warmAws } from '../support/warm-aws.js';

export type Told = { output: Record<string, unknown> } | { code: string; message: string };
/** Calls an operation as a program or a person would. */
export type Door = (operation: string, input: object) => Promise<Told>;

type Command = new (input: object) => never;

// Programs see moments as Date, the CLI prints them: one spelling for all.
const plain = (value: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value), (key, one: unknown) => (/Time$/.test(key) ? new Date(one as string).toISOString() : one)) as Record<string, unknown>;

const through = (client: sdk.ElasticLoadBalancingV2Client): Door => async (operation, input) => {
  const Operation = (sdk as unknown as Record<string, Command>)[`${operation}Command`] as Command;
  try {
    const { $metadata: _metadata, ...output } = (await client.send(new Operation(input))) as object as Record<string, unknown>;
    return { output: plain(output) };
  } catch (error) {
    const { name, message } = error as Error;
    return { code: name.replace(/Exception$/, ''), message };
  }
};

const kebab = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const typed = (url: string, PATH: string): Door => async (operation, input) => {
  const { code, stdout, stderr } = await awsAt(url, region, PATH)('elbv2', kebab(operation), '--cli-input-json', JSON.stringify(input));
  if (code === 0) return { output: stdout.trim() === '' ? {} : plain(JSON.parse(stdout)) };
  const refused = /An error occurred \((\S+)\) when calling the (\S+) operation: ([^]*?)\s*$/.exec(stderr);
  if (!refused || refused[2] !== operation) throw new Error(`aws elbv2 ${kebab(operation)} ended with ${code}: ${stderr}`);
  return { code: refused[1] ?? '', message: refused[3] ?? '' };
};

export const doors: Record<'HTTP' | 'in process' | 'the aws CLI', (t: ExecutionContext, dispatch: Dispatch) => Door | Promise<Door>> = {
  HTTP: async (t, dispatch) => {
    const client = new sdk.ElasticLoadBalancingV2Client({ ...emulatorConfig({ endpoint: await openAws(t, dispatch), region }), maxAttempts: 1 });
    t.teardown(() => client.destroy());
    return through(client);
  },
  'in process': (_t, dispatch) => through(new sdk.ElasticLoadBalancingV2Client({ ...emulatorConfig({ region }), maxAttempts: 1, requestHandler: inProcessHandler(dispatch) })),
  'the aws CLI': async (t, dispatch) => typed(await openAws(t, dispatch), await warmAws(t)),
};
