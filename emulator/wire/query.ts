// The body of an AWS Query request as a tree of texts: `A.member.1.B=x` becomes {A: {member: {1: {B: 'x'}}}}.
import qs from 'qs';
import { AwsFault } from './fault.js';

export type QueryTree = { [name: string]: string | QueryTree };

const parameterLimit = 20_000;
const depthLimit = 20;

const malformed = (message: string): AwsFault => new AwsFault('MalformedQueryString', message);

// qs would read brackets as nesting, which AWS does not; escaped ones too.
const hasBracketKey = (body: string): boolean => {
  if (!/\[|\]|%5b|%5d/i.test(body)) return false;
  return body.split('&').some((pair) => /\[|\]|%5b|%5d/i.test(pair.split('=', 1)[0] ?? ''));
};

// With parseArrays off, an array can only come from a key that was given twice or both as text and as structure.
const findDoubled = (node: object, path: string): string | undefined => {
  if (Array.isArray(node)) return path;
  for (const [name, child] of Object.entries(node)) {
    const doubled = child && typeof child === 'object' ? findDoubled(child as object, path ? `${path}.${name}` : name) : undefined;
    if (doubled) return doubled;
  }
  return undefined;
};

const parse = (body: string): object => {
  try {
    return qs.parse(body, {
      allowDots: true,
      parseArrays: false,
      plainObjects: true,
      depth: depthLimit,
      strictDepth: true,
      parameterLimit,
      throwOnLimitExceeded: true,
    } as qs.IParseOptions & { throwOnLimitExceeded: boolean });
  } catch (error) {
    if (error instanceof RangeError) throw malformed(`The request has more than ${parameterLimit} parameters or a parameter nested deeper than ${depthLimit} levels`);
    throw error;
  }
};

/** Parses a form body (or query string). Keys that cannot be AWS's are refused; values are not looked at. */
export const parseQuery = (body: string): QueryTree => {
  if (hasBracketKey(body)) throw malformed('Parameter names must not contain brackets');
  const tree = parse(body);
  const doubled = findDoubled(tree, '');
  if (doubled !== undefined) throw malformed(`Parameter '${doubled}' was given more than once`);
  return tree as QueryTree;
};

/** The text of a top-level parameter such as `Action`. */
export const parameter = (tree: QueryTree, name: string): string | undefined => {
  const value = tree[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
