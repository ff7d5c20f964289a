// The stand-in of agnhost's `netexec`: the small HTTP server of Kubernetes' own network tests.
import { startHttp, type Handler } from './http.js';
import type { Image } from './types.js';

const netexec: Handler = ({ path, query, context, remoteAddress, remotePort }) => {
  switch (path) {
    case '/': return { body: 'NOW\n' };
    case '/healthz': return { body: 'ok' };
    case '/hostname': case '/hostName': return { body: context.pod };
    case '/clientip': return { body: `${remoteAddress}:${remotePort}` };
    case '/echo': return { body: query.get('msg') ?? '' };
    default: return undefined;
  }
};

/** The value of `--name=value` or `--name value`. */
const flag = (args: readonly string[], name: string): string | undefined => {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  const found = args[at];
  return found?.includes('=') ? found.slice(found.indexOf('=') + 1) : found && args[at + 1];
};

export const agnhostImage: Image = {
  name: 'agnhost',
  start: async (context) => {
    const subcommand = context.args.find((arg) => !arg.startsWith('-'));
    if (subcommand === 'pause') return { stop: async () => {}, kill: () => {} };
    const asked = flag(context.args, 'http-port');
    const ports = asked !== undefined ? [Number(asked)] : context.ports.length > 0 ? context.ports : [8080];
    return startHttp(context, ports, netexec);
  },
};
