// What every write over HTTP shares: dry run, field validation, the check of the body against the path, and who writes.
import { badRequest, invalid, required } from '../../status.js';
import type { Wish } from '../admission/admit.js';
import type { Operation } from '../admission/webhooks.js';
import { unknownTexts, wrongTypeText, type Findings } from '../conform.js';
import { child, text, type Fields } from '../json.js';
import { apiVersion, type Kind } from '../kinds.js';
import type { Strictness } from '../patch.js';
import { recordUpdate } from '../managed/record.js';
import { timestamp, type Subresource, type WriteOptions } from '../operations.js';
import type { Services } from '../services.js';
import { contentType, protobufType, readObject, repeatedKeys, type Exchange } from './exchange.js';
import type { Target } from './target.js';

/** Whether nothing may be stored. */
export const dryRun = (exchange: Exchange): boolean => {
  const values = exchange.query.getAll('dryRun');
  if (values.some((value) => value !== 'All' && value !== '')) throw badRequest(`invalid dryRun value: ${values.join(',')}`);
  return values.includes('All');
};

export const validation = (exchange: Exchange): 'Strict' | 'Warn' | 'Ignore' => {
  const wanted = exchange.query.get('fieldValidation');
  return wanted === 'Strict' || wanted === 'Ignore' ? wanted : 'Warn';
};

/** Collects what becomes Warning headers. */
export const warnings = (exchange: Exchange) => {
  const lines: string[] = [];
  return {
    add: (complaints: readonly string[]): void => {
      if (validation(exchange) === 'Warn') lines.push(...complaints.map((words) => `299 - ${JSON.stringify(words)}`));
    },
    /** What an admission webhook warns of. */
    say: (words: string): void => void lines.push(`299 - ${JSON.stringify(words)}`),
    headers: (): Record<string, string[]> => (lines.length > 0 ? { warning: [...new Set(lines)] } : {}),
  };
};

/** How strict decoding deals with this body. */
export const strictness = (exchange: Exchange, warn: ReturnType<typeof warnings>): Strictness => ({
  strict: validation(exchange) === 'Strict',
  repeated: validation(exchange) === 'Ignore' ? [] : repeatedKeys(exchange),
  warn: warn.add,
});

/** Complaints about a whole object, worded as for POST and PUT. */
export const inspectBody =
  (kind: Kind, { strict, repeated, warn }: Strictness) =>
  ({ unknown, wrong }: Findings): void => {
    const intro = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
    if (wrong) throw badRequest(`${intro}: ${wrongTypeText(wrong)}`);
    const complaints = [...repeated, ...unknownTexts(unknown)];
    if (complaints.length > 0 && strict) throw badRequest(`${intro}: strict decoding error: ${complaints.join(', ')}`);
    warn(complaints);
  };

/** The object of a POST or PUT. Custom resources have no protobuf form, and the server says so in its decoder's words. */
export const readBodyOf = (kind: Kind, exchange: Exchange): Fields => {
  if (kind.custom && contentType(exchange) === protobufType) {
    const why = 'object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message';
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`);
  }
  return readObject(exchange, kind.kind);
};

/** The body must be of the kind, namespace and name that the path says. */
export const checkBody = (target: Target, body: Fields): void => {
  const { kind, namespace, name } = target;
  body.apiVersion ??= apiVersion(kind);
  body.kind ??= kind.kind;
  if (body.kind !== kind.kind) throw badRequest(`the kind in the data (${text(body.kind)}) does not match the expected kind (${kind.kind})`);
  if (body.apiVersion !== apiVersion(kind)) {
    throw badRequest(`the API version in the data (${text(body.apiVersion)}) does not match the expected API version (${apiVersion(kind)})`);
  }
  const metadata = child(body, 'metadata');
  if (namespace !== undefined) metadata.namespace ??= namespace;
  if (kind.namespaced && metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (name === undefined) return;
  if (text(metadata.name) === '') throw invalid(kind, '', [required('metadata.name', 'name must be provided')]);
  if (metadata.name !== name) throw badRequest(`the name of the object (${text(metadata.name)}) does not match the name on the URL (${name})`);
};

/** The query's manager, else the first word of the user agent, as the server names who writes. */
export const managerOf = (exchange: Exchange): string => {
  const agent = exchange.request.headers['user-agent'] ?? '';
  return exchange.query.get('fieldManager') ?? (agent.split('/')[0] || 'unknown');
};

/** What the admission webhooks are told of a write besides the objects. */
export const wishOf = (target: Target, exchange: Exchange, operation: Operation, subresource: Subresource | undefined, warn: ReturnType<typeof warnings>): Wish => ({
  subject: { kind: target.kind, operation, namespace: target.namespace, name: target.name ?? '', subresource },
  user: exchange.user,
  dryRun: dryRun(exchange),
  warn: warn.say,
});

/** The write option that keeps managedFields for create, update and the classic patches. */
export const recorder = (services: Services, kind: Kind, exchange: Exchange, subresource: Subresource | undefined): Pick<WriteOptions, 'record'> => ({
  record: (next, old) =>
    recordUpdate(services.environment.models, kind, next, old, { manager: managerOf(exchange), subresource: subresource ?? '', now: timestamp(services.clock) }),
});
