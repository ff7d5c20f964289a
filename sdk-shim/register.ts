// A preload: `node --import nlbox/register app.js` points an unchanged program's AWS clients at nlbox, and makes load balancer names lead to their listeners.
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isBalancerName, placeOf } from './balancers.js';
import { emulatorConfig } from './index.js';
import { redirectSockets } from './sockets.js';

const { env } = process;
const defaults = emulatorConfig();

// What the user has set stays.
env['AWS_ENDPOINT_URL'] ??= env['NLBOX_PORT'] ? `http://127.0.0.1:${env['NLBOX_PORT']}` : defaults.endpoint;
env['AWS_REGION'] ??= env['AWS_DEFAULT_REGION'] ?? defaults.region;
env['AWS_ACCESS_KEY_ID'] ??= defaults.credentials.accessKeyId;
env['AWS_SECRET_ACCESS_KEY'] ??= defaults.credentials.secretAccessKey;
const endpoint = env['AWS_ENDPOINT_URL'];

type Callback = (error: NodeJS.ErrnoException | null, address?: string | LookupAddress[], family?: number) => void;
type Given = LookupOptions | number | Callback;

const original = dns.lookup as (host: string, options: unknown, callback: unknown) => void;
const originalPromise = dns.promises.lookup as (host: string, options?: unknown) => Promise<unknown>;

const wantsAll = (options: Given | undefined): boolean => typeof options === 'object' && options !== null && options.all === true;

// A name that nlbox does not know, or no nlbox to ask: the name is looked up as ever.
const known = (host: string): Promise<string | undefined> =>
  isBalancerName(host) ? placeOf(endpoint, host, 0).then((place) => place?.address, () => undefined) : Promise.resolve(undefined);

const lookup = (host: string, given: Given, last?: Callback): void => {
  const callback = (typeof given === 'function' ? given : last) as Callback;
  const options = typeof given === 'function' ? {} : given;
  if (!isBalancerName(host)) return original(host, options, callback);
  void known(host).then((address) => {
    if (address === undefined) original(host, options, callback);
    else if (wantsAll(options)) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  });
};

const lookupPromise = async (host: string, options?: LookupOptions | number): Promise<unknown> => {
  const address = await known(host);
  if (address === undefined) return originalPromise(host, options);
  return wantsAll(options) ? [{ address, family: 4 }] : { address, family: 4 };
};

Object.assign(dns, { lookup: Object.assign(lookup, dns.lookup) });
Object.assign(dns.promises, { lookup: lookupPromise });
redirectSockets(isBalancerName, (host, port) => placeOf(endpoint, host, port));
syncBuiltinESMExports();
