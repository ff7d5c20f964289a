// The question a webhook is asked and what its answer means.
import { randomUUID } from 'node:crypto';
import { applyPatch, type Operation as PatchOperation } from 'rfc6902';
import { badRequest, forbidden, StatusError, type Status } from '../../status.js';
import type { KubeObject } from '../../types.js';
import type { User } from '../identity.js';
import { fields, strings, text, type Fields } from '../json.js';
import { callWebhook, type Caller } from './call.js';
import { nameOf, type Subject } from './webhooks.js';

export type Question = { subject: Subject; object: Fields | undefined; old: KubeObject | undefined; user: User; dryRun: boolean };

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

const requestOf = ({ subject, object, old, user, dryRun }: Question): Fields => {
  const { group, version, kind, plural } = subject.kind;
  const resource = { group, version, resource: plural };
  const sub = subject.subresource === undefined ? {} : { subResource: subject.subresource, requestSubResource: subject.subresource };
  return {
    uid: randomUUID(),
    kind: { group, version, kind },
    resource,
    requestKind: { group, version, kind },
    requestResource: resource,
    ...sub,
    name: subject.name,
    ...(subject.namespace === undefined ? {} : { namespace: subject.namespace }),
    operation: subject.operation,
    userInfo: user,
    object: object ?? null,
    oldObject: old ?? null,
    dryRun,
    options: { kind: optionKinds[subject.operation], apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}) },
  };
};

const refusalText = (name: string, result: Fields): string => {
  const denied = `admission webhook "${name}" denied the request`;
  if (text(result.message) !== '') return `${denied}: ${text(result.message)}`;
  return text(result.reason) !== '' ? `${denied}: ${text(result.reason)}` : `${denied} without explanation`;
};

const refusal = (name: string, result: Fields): StatusError => {
  const code = typeof result.code === 'number' && result.code >= 400 ? result.code : 400;
  return new StatusError(code, text(result.reason), refusalText(name, result), fields(result.details) as NonNullable<Status['details']>);
};

const patched = (object: Fields, response: Fields): Fields => {
  if (text(response.patch) === '') return object;
  if (response.patchType !== 'JSONPatch') throw new Error(`unsupported patch type "${text(response.patchType)}"`);
  const operations = JSON.parse(Buffer.from(text(response.patch), 'base64').toString('utf8')) as PatchOperation[];
  const target = structuredClone(object);
  const problem = applyPatch(target, operations).find((one) => one !== null);
  if (problem) throw new Error(`the patch cannot be applied: ${problem.message}`);
  return target;
};

const checkDryRun = (webhook: Fields, dryRun: boolean): void => {
  if (!dryRun || ['None', 'NoneOnDryRun'].includes(text(webhook.sideEffects))) return;
  throw badRequest(`admission webhook "${nameOf(webhook)}" does not support dry run`);
};

/** Undefined when the webhook could not be asked and its failurePolicy lets that pass. */
const answerOf = async (caller: Caller, webhook: Fields, question: Question, request: Fields): Promise<{ response: Fields; object: Fields | undefined } | undefined> => {
  try {
    const response = await callWebhook(caller, webhook, request);
    const object = question.object && response.allowed === true ? patched(question.object, response) : question.object;
    return { response, object };
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError(500, 'InternalError', `Internal error occurred: failed calling webhook "${nameOf(webhook)}": ${why}`, { causes: [{ message: `failed calling webhook "${nameOf(webhook)}": ${why}` }] });
  }
};

/** Whether the webhook's conditions let it be asked; one that cannot be evaluated counts as its failurePolicy says. */
const isWanted = ({ conditions }: Caller, webhook: Fields, { subject }: Question, request: Fields): boolean => {
  try {
    return conditions.hold(webhook, request);
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return false;
    throw forbidden(subject.kind, subject.name, error instanceof Error ? error.message : String(error));
  }
};

/** Asks one webhook: the object as it wants it, and its warnings; throws its refusal. */
export const ask = async (caller: Caller, webhook: Fields, question: Question): Promise<{ object: Fields | undefined; warnings: string[] }> => {
  const request = requestOf(question);
  const passed = { object: question.object, warnings: [] };
  if (!isWanted(caller, webhook, question, request)) return passed;
  checkDryRun(webhook, question.dryRun);
  const answer = await answerOf(caller, webhook, question, request);
  if (!answer) return passed;
  if (answer.response.allowed !== true) throw refusal(nameOf(webhook), fields(answer.response.status));
  return { object: answer.object, warnings: strings(answer.response.warnings) };
};
