// The stand-in of agnhost's `netexec`: the small HTTP and UDP server of Kubernetes' own network tests.
import { startHttp, type Handler } from './http.js';
import type { ContainerContext, Image } from './types.js';
import { startBoth, startUdp, type Answer } from './udp.js';
import { flag } from './web.js';

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

const spoken: (context: ContainerContext) => Answer = (context) => (message, from) => {
  const text = message.toString().trim();
  if (text.startsWith('echo ')) return text.slice(5);
  if (text.toLowerCase() === 'hostname') return context.pod;
  return text.toLowerCase() === 'clientip' ? `${context.unproject(from.address)}:${from.port}` : undefined;
};

const portsOf = (asked: string | undefined, declared: readonly number[], own: number): readonly number[] =>
  asked !== undefined ? [Number(asked)] : declared.length > 0 ? declared : [own];

export const agnhostImage: Image = {
  name: 'agnhost',
  start: async (context) => {
    const subcommand = context.args.find((arg) => !arg.startsWith('-'));
    if (subcommand === 'pause') return { stop: async () => {}, kill: () => {} };
    const http = portsOf(flag(context.args, 'http-port'), context.ports, 8080);
    const udp = portsOf(flag(context.args, 'udp-port'), context.udpPorts, 8081);
    return startBoth(startHttp(context, http, netexec), startUdp(context, udp, spoken(context)));
  },
};
