// One AdmissionReview sent to one webhook over HTTPS, and its answer.
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Clock } from '../../../clock.js';
import { codeOf } from '../../../errors.js';
import { at, fields, isFields, number, strings, text, type Fields } from '../json.js';
import type { Conditions } from './conditions.js';
import { locate, shownUrl, type Locator, type Place } from './where.js';

export type Caller = Locator & { clock: Clock; agent: https.Agent; conditions: Conditions };

const longestAnswer = 4 * 1024 * 1024;

const readText = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestAnswer) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const trust = (client: Fields): { ca?: Buffer } => (text(client.caBundle) === '' ? {} : { ca: Buffer.from(text(client.caBundle), 'base64') });

// An address is no server name (RFC 6066): then the certificate is held against the host.
const named = ({ servername }: Place): { servername?: string } => (isIP(servername) === 0 ? { servername } : {});

const open = (place: Place, { agent }: Caller, client: Fields, payload: string, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { host: place.url.host, 'content-type': 'application/json', accept: 'application/json', 'content-length': Buffer.byteLength(payload) };
    const options = { host: place.host, port: place.port, ...named(place), path: `${place.url.pathname}${place.url.search}`, agent, signal };
    const request = https.request({ ...options, ...trust(client), method: 'POST', headers }, resolve);
    request.on('error', (error) => reject(Object.assign(error, { reused: request.reusedSocket })));
    request.end(payload);
  });

/** A webhook may have closed a kept connection just as we send on it: that question was never read, so it is asked again. */
const fresh = (caller: Caller, client: Fields, payload: string, signal: AbortSignal): Promise<IncomingMessage> => {
  const once = (): Promise<IncomingMessage> => open(locate(caller, client), caller, client, payload, signal);
  return once().catch((error: unknown) => {
    if (!(error as { reused?: boolean }).reused || !['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')) throw error;
    return once();
  });
};

const exchange = async (caller: Caller, client: Fields, payload: string, signal: AbortSignal): Promise<string> => {
  const response = await fresh(caller, client, payload, signal);
  const body = await readText(response);
  if (response.statusCode !== 200) throw new Error(`the server answered ${response.statusCode}: ${body.slice(0, 200)}`);
  return body;
};

/** The versions of AdmissionReview that are spoken here. */
export const reviewVersions = ['v1', 'v1beta1'];

/** The first version of the webhook's list that is known here: charts of old ask for v1beta1 alone. */
const versionOf = (webhook: Fields): string => strings(webhook.admissionReviewVersions).find((one) => reviewVersions.includes(one)) ?? 'v1';

/** The older version asks neither that the answer names the question nor that it says what its patch is. */
const answerOf = (body: string, version: string, uid: unknown): Fields => {
  const response = at(JSON.parse(body), 'response');
  if (!isFields(response)) throw new Error('webhook response was absent');
  if (version === 'v1beta1') return text(response.patch) === '' ? response : { ...response, patchType: 'JSONPatch' };
  if (response.uid !== uid) throw new Error(`expected response.uid="${text(uid)}", got "${text(response.uid)}"`);
  return response;
};

/** The `response` of the webhook; throws with the server's words when it cannot be had. */
export const callWebhook = async (caller: Caller, webhook: Fields, request: Fields): Promise<Fields> => {
  const client = fields(webhook.clientConfig);
  const seconds = number(webhook.timeoutSeconds, 10);
  const late = new AbortController();
  const timer = caller.clock.after(seconds * 1000, () => late.abort());
  try {
    const version = versionOf(webhook);
    const payload = JSON.stringify({ kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request });
    return answerOf(await exchange(caller, client, payload, late.signal), version, request.uid);
  } catch (error) {
    const why = late.signal.aborted ? 'context deadline exceeded' : error instanceof Error ? error.message : String(error);
    throw new Error(`failed to call webhook: Post "${shownUrl(client)}?timeout=${seconds}s": ${why}`, { cause: error });
  } finally {
    timer.cancel();
  }
};
