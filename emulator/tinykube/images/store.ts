// The stand-ins of the retail store: a page that shows who answered, and the services behind it.
import { fetchUrl } from './fetch.js';
import { httpImage, json, type Handler, type Reply, type Seen } from './http.js';
import type { Image } from './types.js';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const whoami = ({ context, host, remoteAddress }: Seen): object => ({
  pod: context.pod,
  namespace: context.namespace,
  node: context.node,
  zone: context.zone,
  podIP: context.podIP,
  remoteAddress,
  host,
});

const products = ['Gentleman’s umbrella · 34', 'Pocket watch · 120', 'Field telescope · 95', 'Night-sight spectacles · 210', 'Travel case · 78', 'Signal lamp · 42'];

const style = 'body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b2733;background:#f6f7f9}header{background:#17324d;color:#fff;padding:1rem 2rem}' +
  'main{max-width:60rem;margin:2rem auto;padding:0 1rem}ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:1rem;list-style:none;padding:0}' +
  'li,table{background:#fff;border-radius:.5rem;padding:1rem;box-shadow:0 1px 3px #0002}th{text-align:left;padding-right:2rem;font-weight:600}code{font-size:.95em}';

const page = (seen: Seen): Reply => {
  const rows: [string, string][] = Object.entries({
    pod: `${seen.context.namespace}/${seen.context.pod}`,
    'pod address': seen.context.podIP,
    node: seen.context.node,
    zone: seen.context.zone,
    'your request came from': seen.remoteAddress,
    'host asked for': seen.host,
  });
  const table = rows.map(([name, value]) => `<tr><th>${name}</th><td><code>${escaped(value)}</code></td></tr>`).join('');
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Retail store</title><style>${style}</style></head>` +
    `<body><header><h1>Retail store</h1></header><main><h2>Who answered</h2><table>${table}</table>` +
    `<h2>On the shelves</h2><ul>${products.map((name) => `<li>${name}</li>`).join('')}</ul></main></body></html>\n`;
  return { type: 'text/html; charset=utf-8', body };
};

const health: Handler = ({ path }) =>
  path === '/actuator/health' || path.startsWith('/actuator/health/') ? json({ status: 'UP' }) : undefined;

const podIn = (body: string): string | undefined => /"pod":"([^"]+)"/.exec(body)?.[1];

/** Asks every service that the page is told of, as it would for a customer: are they there, and who answers? */
const topology = async ({ context }: Seen): Promise<Reply> => {
  const endpoints = Object.entries(context.env).flatMap(([name, url]) => {
    const [, service] = /^(?:RETAIL_UI_)?ENDPOINTS_(\w+)$/.exec(name) ?? [];
    return service && url !== 'false' ? [{ service: service.toLowerCase(), url }] : [];
  });
  const rows = await Promise.all(endpoints.map(async ({ service, url }) => {
    const fetched = await fetchUrl(context, new URL('/whoami', url).href, 2000);
    return { service, url, ...('problem' in fetched ? { status: 'DOWN', problem: fetched.problem } : { status: 'UP', answeredBy: podIn(fetched.body) }) };
  }));
  return json(rows);
};

const ui: Handler = (seen) => {
  if (seen.path === '/topology') return topology(seen);
  if (seen.path === '/' || seen.path === '/home') return page(seen);
  if (seen.path === '/whoami') return json(whoami(seen));
  return health(seen);
};

const service: Handler = (seen) => {
  if (seen.path === '/health') return { body: 'OK\n' };
  if (seen.path === '/whoami') return json(whoami(seen));
  return health(seen);
};

// Older base applications have a service of pictures, too.
const assets: Handler = (seen) => (seen.path === '/health.html' ? { body: 'OK\n' } : service(seen));

export const storeImages: readonly Image[] = [
  httpImage('retail-store-sample-ui', 8080, ui),
  httpImage('retail-store-sample-assets', 8080, assets),
  ...['cart', 'catalog', 'checkout', 'orders'].map((name) => httpImage(`retail-store-sample-${name}`, 8080, service)),
];
