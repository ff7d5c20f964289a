// Who may knock at the door: a list of guards against web pages that a browser on this machine happens to show.
import type { IncomingMessage } from 'node:http';

/** A sentence that says why the request is refused, or undefined. */
export type Guard = (request: IncomingMessage) => string | undefined;

const loopback = /^(localhost|(.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const hostOf = (authority: string): string => authority.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');

const isOurs = (authority: string, publicHost: string | undefined): boolean => {
  const host = hostOf(authority);
  return loopback.test(host) || (publicHost !== undefined && host === hostOf(publicHost));
};

// A name that an attacker makes resolve to 127.0.0.1 arrives in the Host header.
const foreignHost = (publicHost: string | undefined): Guard => ({ headers }) =>
  headers.host === undefined || isOurs(headers.host, publicHost)
    ? undefined
    : `This endpoint answers to localhost and 127.0.0.1 only, not to the name "${headers.host}".`;

const foreignOrigin = (publicHost: string | undefined): Guard => ({ headers: { origin } }) => {
  if (origin === undefined) return undefined;
  const authority = URL.canParse(origin) ? new URL(origin).host : '';
  return isOurs(authority, publicHost) ? undefined : `Requests from the web page "${origin}" are not accepted.`;
};

const crossSite: Guard = ({ headers }) =>
  headers['sec-fetch-site'] === 'cross-site' ? 'Requests that a browser sends on behalf of another site are not accepted.' : undefined;

// What an HTML form may send to any site without asking first; AWS clients send no Origin.
const formTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;
const htmlForm: Guard = ({ method, headers }) =>
  method === 'POST' && headers.origin !== undefined && formTypes.test(headers['content-type'] ?? 'text/plain')
    ? 'Form posts by a browser are not accepted.'
    : undefined;

/** Guards of every request, in the order in which they are asked. */
export const guards = (publicHost: string | undefined): Guard[] => [foreignHost(publicHost), foreignOrigin(publicHost), crossSite, htmlForm];

/** The first refusal, if any. */
export const refusedBy = (list: readonly Guard[], request: IncomingMessage): string | undefined => {
  for (const guard of list) {
    const reason = guard(request);
    if (reason !== undefined) return reason;
  }
  return undefined;
};
