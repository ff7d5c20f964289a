// Kubernetes' URLs in CEL.
import type { Environment } from '@marcbachmann/cel-js';

class Url {
  readonly url: URL;
  readonly relative: boolean;

  constructor(text: string) {
    this.relative = text.startsWith('/');
    this.url = this.relative ? new URL(text, 'http://relative') : new URL(text);
  }
}

const parse = (text: string): Url => {
  try {
    return new Url(text);
  } catch {
    throw new Error(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
  }
};

const isUrl = (text: string): boolean => text.startsWith('/') || URL.canParse(text);

const queryOf = ({ url }: Url): Map<string, string[]> => new Map([...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]));

/** url, isURL and the parts of one. */
export const addUrls = (environment: Environment): void => {
  environment.registerType('kubernetes.URL', { ctor: Url, fields: {} });
  environment.registerFunction('isURL(string): bool', isUrl);
  environment.registerFunction('url(string): kubernetes.URL', parse);
  environment.registerFunction('kubernetes.URL.getScheme(): string', ({ url, relative }: Url) => (relative ? '' : url.protocol.slice(0, -1)));
  environment.registerFunction('kubernetes.URL.getHost(): string', ({ url, relative }: Url) => (relative ? '' : url.host));
  environment.registerFunction('kubernetes.URL.getHostname(): string', ({ url, relative }: Url) => (relative ? '' : url.hostname.replace(/^\[|\]$/g, '')));
  environment.registerFunction('kubernetes.URL.getPort(): string', ({ url }: Url) => url.port);
  environment.registerFunction('kubernetes.URL.getEscapedPath(): string', ({ url }: Url) => url.pathname);
  environment.registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', queryOf);
};
