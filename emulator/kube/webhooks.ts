// Admission webhooks of ours: one HTTPS server on this machine that answers AdmissionReviews, and the configurations that
// make an API server ask it. Only for an API server that reaches this machine by the address that it listens on.
import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { isConflict, type KubeClient } from './client.js';
import { mutatingWebhooks, validatingWebhooks, type Resource } from './resources.js';
import type { KubeObject, LabelSelector } from './types.js';

export type Review = { operation: 'CREATE' | 'UPDATE' | 'DELETE'; namespace?: string; object: KubeObject | null; oldObject: KubeObject | null };
export type JsonPatch = { op: 'add' | 'replace' | 'remove'; path: string; value?: unknown }[];
/** A refusal's words are shown to the user; a patch changes what is about to be stored. */
export type Verdict = { refused: string } | { patch: JsonPatch } | undefined;

export type Webhook = {
  name: string;
  sort: 'mutating' | 'validating';
  path: string;
  of: Resource;
  operations: Review['operation'][];
  failurePolicy: 'Fail' | 'Ignore';
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  review(review: Review): Verdict | Promise<Verdict>;
};

export type WebhookCertificate = { ca: string; cert: string; key: string };

type Options = { client: KubeClient; name: string; certificate: WebhookCertificate; webhooks: readonly Webhook[]; log: Log };

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const responseOf = (uid: string, verdict: Verdict): object => {
  if (verdict && 'refused' in verdict) return { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message: verdict.refused } };
  if (!verdict || verdict.patch.length === 0) return { uid, allowed: true };
  return { uid, allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(verdict.patch)).toString('base64') };
};

const answer = async ({ webhooks }: Options, request: IncomingMessage): Promise<object | undefined> => {
  const webhook = webhooks.find(({ path }) => path === (request.url ?? '').split('?')[0]);
  if (!webhook) return undefined;
  const { request: asked } = JSON.parse(await bodyOf(request)) as { request: Review & { uid: string } };
  const verdict = await Promise.resolve(webhook.review(asked)).catch((error: unknown) => ({ refused: messageOf(error) }));
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: responseOf(asked.uid, verdict) };
};

const serve = (options: Options) => async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const found = await answer(options, request);
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? {}));
  } catch (error) {
    options.log.warn({ path: request.url, err: messageOf(error) }, 'an AdmissionReview could not be answered');
    response.writeHead(400).end();
  }
};

const entry = ({ certificate }: Options, port: number) => ({ name, path, of, operations, failurePolicy, namespaceSelector, objectSelector }: Webhook): object => ({
  name,
  clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle: Buffer.from(certificate.ca).toString('base64') },
  rules: [{ operations, apiGroups: [of.group], apiVersions: [of.version], resources: [of.plural] }],
  failurePolicy,
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...(namespaceSelector ? { namespaceSelector } : {}),
  ...(objectSelector ? { objectSelector } : {}),
});

const install = async (client: KubeClient, of: Resource, name: string, webhooks: object[]): Promise<void> => {
  try {
    await client.create(of, undefined, { apiVersion: `${of.group}/${of.version}`, kind: of.kind, metadata: { name }, webhooks });
  } catch (error) {
    if (!isConflict(error)) throw error;
    await client.patch(of, undefined, name, { webhooks });
  }
};

/** Takes the configurations away; a run that died may have left them, and they name a port where nobody answers. */
export const removeWebhooks = async (client: KubeClient, name: string): Promise<void> => {
  for (const of of [mutatingWebhooks, validatingWebhooks]) await client.delete(of, undefined, name);
};

/** Listens and registers; the answer ends both. */
export const openWebhooks = async (options: Options): Promise<() => Promise<void>> => {
  const { client, name, certificate, webhooks } = options;
  const handle = serve(options);
  const server = https.createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const of = (sort: Webhook['sort']): object[] => webhooks.filter((one) => one.sort === sort).map(entry(options, port));
  await install(client, mutatingWebhooks, name, of('mutating'));
  await install(client, validatingWebhooks, name, of('validating'));
  return async () => {
    await removeWebhooks(client, name).catch((error: unknown) => options.log.warn({ err: messageOf(error) }, 'the webhook configurations could not be removed'));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
};
