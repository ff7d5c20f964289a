// How the current context of a kubeconfig is entered: read here where it holds nothing but a certificate and a token, else by client-node.
import fs from 'node:fs';
import type http from 'node:http';
import type https from 'node:https';
import { parse } from 'yaml';

export type Options = https.RequestOptions & { agent?: http.Agent };

export type Access = {
  server: string;
  /** The agent among the credentials leads through a proxy and is the one to use. */
  proxied: boolean;
  /** Asked again when the server refuses the last ones: those of exec plugins expire. */
  credentials(): Promise<Options>;
};

type Named<Key extends string> = { name: string } & Partial<Record<Key, Record<string, unknown>>>;

type Kubeconfig = { 'current-context'?: string; clusters?: Named<'cluster'>[]; users?: Named<'user'>[]; contexts?: Named<'context'>[] };

const onlyHas = (found: Record<string, unknown>, known: readonly string[]): boolean => Object.keys(found).every((key) => known.includes(key));

const pem = (data: unknown): Buffer | undefined => (typeof data === 'string' ? Buffer.from(data, 'base64') : undefined);

const optionsOf = (cluster: Record<string, unknown>, user: Record<string, unknown>): Options => {
  const [ca, cert, key] = [pem(cluster['certificate-authority-data']), pem(user['client-certificate-data']), pem(user['client-key-data'])];
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(typeof user['token'] === 'string' && { headers: { Authorization: `Bearer ${user['token']}` } }),
    ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
  };
};

/** The access that a kubeconfig's text describes; undefined when it takes more than is read here. */
export const plainAccess = (text: string): Access | undefined => {
  const config = parse(text) as Kubeconfig | null;
  const context = config?.contexts?.find(({ name }) => name === config['current-context'])?.context ?? {};
  const cluster = config?.clusters?.find(({ name }) => name === context['cluster'])?.cluster ?? {};
  const user = config?.users?.find(({ name }) => name === context['user'])?.user ?? {};
  const { server } = cluster;
  if (typeof server !== 'string' || !onlyHas(cluster, ['server', 'certificate-authority-data', 'insecure-skip-tls-verify'])) return undefined;
  if (!onlyHas(user, ['token', 'client-certificate-data', 'client-key-data'])) return undefined;
  const options = optionsOf(cluster, user);
  return { server, proxied: false, credentials: () => Promise.resolve(options) };
};

/** By client-node, which knows every field; it is loaded only now, for its import takes about a second. */
const fullAccess = async (kubeconfig: string): Promise<Access> => {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`kubeconfig ${kubeconfig} has no current context`);
  const credentials = async (): Promise<Options> => {
    const options: Options = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  return { server: cluster.server, proxied: cluster.proxyUrl !== undefined, credentials };
};

/** Reads the kubeconfig. */
export const accessOf = async (kubeconfig: string): Promise<Access> => plainAccess(fs.readFileSync(kubeconfig, 'utf8')) ?? fullAccess(kubeconfig);
