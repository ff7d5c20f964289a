// Stand-ins of the web servers that examples, tutorials and network tests run: small pages that say who answered.
import { httpImage, startHttp, json, type Handler, type Seen } from './http.js';
import type { Image } from './types.js';

/** The value of `--name=value`, `--name value` or the same with one dash. */
export const flag = (args: readonly string[], name: string): string | undefined => {
  const is = (arg: string): boolean => arg === `-${name}` || arg === `--${name}` || arg.startsWith(`-${name}=`) || arg.startsWith(`--${name}=`);
  const at = args.findIndex(is);
  const found = args[at];
  return found?.includes('=') ? found.slice(found.indexOf('=') + 1) : found && args[at + 1];
};

const html = (title: string, body: string): { type: string; body: string } => ({
  type: 'text/html; charset=utf-8',
  body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1><p>${body}</p></body></html>\n`,
});

const siteOf = (server: string): Handler => ({ path, context }) =>
  path === '/' || path === '/index.html' ? html(`Welcome to ${server}`, `A stand-in, answered by pod ${context.namespace}/${context.pod} (${context.podIP}).`) : undefined;

const requestOf = ({ method, path, host, headers, remoteAddress, context }: Seen): object => ({
  host: { hostname: host, ip: remoteAddress }, http: { method, path }, request: { headers }, environment: { HOSTNAME: context.pod, POD_IP: context.podIP },
});

const whoami: Handler = ({ method, path, host, headers, remoteAddress, remotePort, context }) => ({
  body: [`Hostname: ${context.pod}`, 'IP: 127.0.0.1', `IP: ${context.podIP}`, `RemoteAddr: ${remoteAddress}:${remotePort}`, `${method} ${path} HTTP/1.1`, `Host: ${host}`,
    ...Object.entries(headers).filter(([name]) => name !== 'host').map(([name, value]) => `${name}: ${String(value)}`), ''].join('\n'),
});

const podinfo: Handler = ({ path, context }) => {
  if (path === '/healthz' || path === '/readyz') return json({ status: 'OK' });
  return path === '/' ? json({ hostname: context.pod, message: 'a stand-in of podinfo' }) : undefined;
};

/** `-text=…` at every path, on the port of `-listen=:5678`. */
const httpEcho: Image = {
  name: 'http-echo',
  start: (context) => {
    const listen = flag(context.args, 'listen') ?? '';
    const asked = Number(listen.slice(listen.lastIndexOf(':') + 1));
    const text = flag(context.args, 'text') ?? context.env['ECHO_TEXT'] ?? '';
    return startHttp(context, asked > 0 ? [asked] : context.ports.length > 0 ? context.ports : [5678], () => ({ body: `${text}\n` }));
  },
};

/** An HTTP image whose port an environment variable sets, as the real one's does. */
const portFrom = (variable: string, image: (port: number) => Image): Image => ({
  ...image(0),
  start: (context) => image(Number(context.env[variable]) || 8080).start(context),
});

export const webImages: readonly Image[] = [
  ...['nginx', 'nginx-unprivileged', 'httpd', 'hello'].map((name) => httpImage(name, name === 'nginx-unprivileged' ? 8080 : 80, siteOf(name))),
  httpImage('hello-app', 8080, ({ context }) => ({ body: `Hello, world!\nVersion: 1.0.0\nHostname: ${context.pod}\n` })),
  httpImage('hello-multi', 80, ({ path, context }) => ({ body: `${context.pod} answers ${path}\n` })),
  portFrom('SERVER_PORT', (port) => httpImage('colorteller', port, ({ context }) => ({ body: context.env['COLOR'] ?? '' }))),
  portFrom('PORT', (port) => httpImage('echo-server', port, (seen) => json(requestOf(seen)))),
  httpImage('echoserver', 8080, (seen) => json(requestOf(seen))),
  httpImage('whoami', 80, whoami),
  httpImage('podinfo', 9898, podinfo),
  httpEcho,
];
