// EC2's query parameters -> an operation's input, typed by its shape. EC2 names members by their capitalised XML name and flattens lists.
import { AwsFault } from '../../wire/fault.js';
import type { QueryTree } from '../../wire/query.js';
import { boolean, number, type Shape, type StructureShape } from './shape.js';

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const unknown = (path: string): AwsFault =>
  new AwsFault('UnknownParameter', `The parameter ${path} is not recognized; it does not exist or is not modelled here`);
const invalid = (value: string, path: string): AwsFault =>
  new AwsFault('InvalidParameterValue', `Value (${value}) for parameter ${path} is invalid.`);
const missing = (path: string): AwsFault =>
  new AwsFault('MissingParameter', `The request must contain the parameter ${path}`);

type Node = string | QueryTree;

const scalar = (shape: Shape, node: Node, path: string): string | number | boolean => {
  if (typeof node !== 'string') throw unknown(path);
  if (shape === number) {
    if (!/^-?\d{1,15}$/.test(node)) throw invalid(node, path);
    return Number(node);
  }
  if (shape !== boolean) return node;
  if (!/^(true|false)$/i.test(node)) throw invalid(node, path);
  return node.toLowerCase() === 'true';
};

const list = (shape: Shape, node: Node, path: string): unknown[] => {
  if (node === '') return [];
  if (typeof node === 'string') throw unknown(path);
  const indices = Object.keys(node);
  for (const index of indices) if (!/^\d+$/.test(index)) throw unknown(`${path}.${index}`);
  return indices.sort((a, b) => Number(a) - Number(b)).map((index) => decodeShape(shape, node[index] as Node, `${path}.${index}`));
};

const structureAt = (shape: StructureShape, node: Node, path: string): object => {
  if (typeof node === 'string') throw unknown(path);
  const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const rest = new Set(Object.keys(node));
  const value: Record<string, unknown> = {};
  shape[4].forEach((member, index) => {
    const [ref, { xmlName }] = shape[5][index] as StructureShape[5][number];
    const name = capitalised(xmlName);
    rest.delete(name);
    const given = node[name];
    if (given !== undefined) value[member] = decodeShape(typeof ref === 'function' ? ref() : ref, given, under(name));
    else if (index < shape[6]) throw missing(under(name));
  });
  for (const name of rest) throw unknown(under(name));
  return value;
};

const decodeShape = (shape: Shape, node: Node, path: string): unknown => {
  if (typeof shape === 'number') return scalar(shape, node, path);
  return shape[0] === 1 ? list(shape[4][0](), node, path) : structureAt(shape, node, path);
};

/** Refuses what the shape does not know: a parameter that is not modelled must not be ignored in silence. */
export const decode = (shape: StructureShape, params: QueryTree): object => structureAt(shape, params, '');
