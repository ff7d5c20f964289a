// Kubernetes' error answers: one Status per kind of refusal, in the API server's own words.

export type Cause = { reason: string; message: string; field: string };

export type Status = {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: Partial<Cause>[]; retryAfterSeconds?: number };
  code?: number;
};

/** What every refused request throws; HTTP sends `status` as it is. */
export class StatusError extends Error {
  readonly status: Status;
  constructor(code: number, reason: string, message: string, details: Status['details'] = {}) {
    super(message);
    this.name = 'StatusError';
    this.status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  }
}

/** Group, plural and kind of what was refused. */
export type Subject = { group: string; plural: string; kind: string };

const groupResource = ({ group, plural }: Subject): string => (group === '' ? plural : `${plural}.${group}`);
const groupKind = ({ group, kind }: Subject): string => (group === '' ? kind : `${kind}.${group}`);
const details = (subject: Subject, name: string, kind = subject.plural): { name: string; group?: string; kind: string } => ({
  name,
  ...(subject.group === '' ? {} : { group: subject.group }),
  kind,
});

/** 404 for one object. */
export const notFound = (subject: Subject, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${groupResource(subject)} "${name}" not found`, details(subject, name));

/** 404 for a resource that no group-version serves. */
export const noResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource');

export const alreadyExists = (subject: Subject, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${groupResource(subject)} "${name}" already exists`, details(subject, name));

export const conflict = (subject: Subject, name: string, why = staleVersion): StatusError =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${groupResource(subject)} "${name}": ${why}`, details(subject, name));

const staleVersion = 'the object has been modified; please apply your changes to the latest version and try again';

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const forbidden = (subject: Subject, name: string, why: string, causes: Partial<Cause>[] = []): StatusError =>
  new StatusError(403, 'Forbidden', `${groupResource(subject)} "${name}" is forbidden: ${why}`, {
    ...details(subject, name),
    ...(causes.length > 0 ? { causes } : {}),
  });

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized');

export const notAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const expired = (message: string): StatusError => new StatusError(410, 'Expired', message);

/** 422 with every complaint at once. */
export const invalid = (subject: Subject, name: string, causes: Cause[]): StatusError => {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${groupKind(subject)} "${name}" is invalid: ${all}`, {
    ...details(subject, name, subject.kind),
    causes,
  });
};

/** 422 that is about the patch itself, not about a field. */
export const invalidPatch = (value: string, why: string): StatusError => {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }];
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${message}`, { causes });
};

/** 422 without a word about which operation failed: what the real server says of JSON patches. */
export const unprocessable = (): StatusError =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request');

const shown = (value: unknown): string => JSON.stringify(value) ?? 'null';

export const required = (field: string, hint = ''): Cause => ({
  reason: 'FieldValueRequired',
  message: hint === '' ? 'Required value' : `Required value: ${hint}`,
  field,
});
export const invalidValue = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${why}`,
  field,
});
export const unsupported = (field: string, value: unknown, allowed: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${allowed.map(shown).join(', ')}`,
  field,
});
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

export const tooLong = (field: string, most: number): Cause => ({ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${counted(most, 'byte')}`, field });
export const tooMany = (field: string, count: number, most: number): Cause => ({ reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${counted(most, 'item')}`, field });
export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
  field,
});
export const forbiddenField = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
