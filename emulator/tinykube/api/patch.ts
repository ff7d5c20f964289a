// PATCH bodies of the three classic types, applied to an object.
import { apply as mergePatch } from 'json-merge-patch';
import { applyPatch, type Operation } from 'rfc6902';
import { badRequest, invalidPatch, unprocessable, unsupportedMediaType } from '../status.js';
import type { Findings } from './conform.js';
import { unknownTexts } from './conform.js';
import { fields, goSyntax, isFields, type Fields } from './json.js';
import type { Kind } from './kinds.js';
import { strategicMerge } from './strategic.js';

export const jsonPatchType = 'application/json-patch+json';
export const mergePatchType = 'application/merge-patch+json';
export const strategicType = 'application/strategic-merge-patch+json';
export const applyTypes = ['application/apply-patch+yaml', 'application/apply-patch+cbor'];

/** What this kind accepts, in the order in which the server names them. */
export const patchTypes = (kind: Kind): string[] => [
  jsonPatchType,
  mergePatchType,
  ...(kind.custom ? [] : [strategicType]),
  'application/apply-patch+yaml',
];

const applyJsonPatch = (object: Fields, operations: unknown): Fields => {
  if (!Array.isArray(operations)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const target = structuredClone(object);
  if (applyPatch(target, operations as Operation[]).some((problem) => problem !== null)) throw unprocessable();
  return target;
};

/** The patched object, before defaults and validation. */
export const applyPatchBody = (kind: Kind, type: string, object: Fields, body: unknown): Fields => {
  if (type === jsonPatchType) return applyJsonPatch(object, body);
  if (!isFields(body)) throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}');
  if (type === mergePatchType) return fields(mergePatch(structuredClone(object), body));
  if (type === strategicType && !kind.custom) return strategicMerge(object, body);
  throw unsupportedMediaType(patchTypes(kind));
};

/** How complaints of strict decoding are taken: `repeated` are those about the body itself. */
export type Strictness = { strict: boolean; repeated: readonly string[]; warn(texts: readonly string[]): void };

/** Complaints about what a patch brought, worded as for its type. */
export const inspectPatch =
  (type: string, body: unknown, patched: () => Fields, { strict, repeated, warn }: Strictness) =>
  (findings: Findings): void => {
    const shown = (): string => (type === strategicType ? goSyntax(body) : type === mergePatchType ? JSON.stringify(sorted(patched())) : JSON.stringify(body));
    if (findings.wrong) throw invalidPatch(shown(), `unrecognized type: ${findings.wrong.type}`);
    const complaints = [...repeated, ...unknownTexts(findings.unknown)];
    if (complaints.length === 0) return;
    if (strict) throw invalidPatch(shown(), `strict decoding error: ${complaints.join(', ')}`);
    warn(complaints);
  };

/** Keys in Go's order, that of JSON which the server encodes. */
export const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
};
