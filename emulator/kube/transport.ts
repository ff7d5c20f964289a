// HTTP to an API server named by a kubeconfig: one keep-alive agent, the credentials of the current context, bodies as text.
import http from 'node:http';
import https from 'node:https';
import { codeOf } from '../errors.js';
import { accessOf, type Options } from './access.js';

export type Request = { method: string; path: string; body?: string; contentType?: string; signal?: AbortSignal };

export type Transport = {
  /** Resolves with the head of the answer; the caller reads or destroys the body. */
  send(request: Request): Promise<http.IncomingMessage>;
  close(): void;
};

const agentOf = (proxied: boolean, options: Options, secure: boolean): http.Agent => {
  if (proxied && options.agent) return options.agent;
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  return secure
    ? new https.Agent({ keepAlive: true, ca, cert, key, pfx, passphrase, servername, ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }) })
    : new http.Agent({ keepAlive: true });
};

/** Opens the way to the current context's cluster. */
export const createTransport = async (kubeconfig: string): Promise<Transport> => {
  const { server, proxied, credentials } = await accessOf(kubeconfig);
  const base = new URL(server);
  const secure = base.protocol === 'https:';
  let current = await credentials();
  const agent = agentOf(proxied, current, secure);

  const once = ({ method, path, body, contentType, signal }: Request): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers: http.OutgoingHttpHeaders = { ...(current.headers as http.OutgoingHttpHeaders), accept: 'application/json', 'user-agent': 'nlbox' };
      if (body !== undefined) Object.assign(headers, { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) });
      const url = new URL(base.href.replace(/\/$/, '') + path);
      const request = (secure ? https : http).request(url, { method, headers, agent, ...(current.auth ? { auth: current.auth } : {}), ...(signal ? { signal } : {}) }, resolve);
      request.on('socket', (socket) => socket.setKeepAlive(true, 30_000));
      request.on('error', (error) => reject(Object.assign(error, { reused: request.reusedSocket })));
      request.end(body);
    });

  // A server may close an idle connection just as we send on it: that request was never read, so it is sent again.
  const fresh = async (request: Request): Promise<http.IncomingMessage> => {
    try {
      return await once(request);
    } catch (error) {
      const stale = (error as { reused?: boolean }).reused && (codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE');
      if (!stale) throw error;
      return once(request);
    }
  };

  return {
    send: async (request) => {
      const answer = await fresh(request);
      if (answer.statusCode !== 401) return answer;
      answer.resume();
      current = await credentials();
      return fresh(request);
    },
    close: () => agent.destroy(),
  };
};
