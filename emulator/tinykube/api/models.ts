// The built-in types, read one by one and on demand from client-node's generated models (their attribute tables and typings).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export type Type =
  | { of: 'string' | 'number' | 'boolean' | 'intOrString' | 'any'; format: string }
  | { of: 'list'; item: Type }
  | { of: 'map'; item: Type }
  | { of: 'model'; name: string };

export type Field = { type: Type; required: boolean; description: string };
export type Model = { name: string; description: string; fields: ReadonlyMap<string, Field> };

/** Looks a type up by client-node's name for it: `V1ServiceSpec`. Undefined when there is none. */
export type Models = (name: string) => Model | undefined;

type Attribute = { name: string; baseName: string; type: string; format: string };

const scalar: Record<string, Type> = {
  string: { of: 'string', format: '' },
  number: { of: 'number', format: '' },
  boolean: { of: 'boolean', format: '' },
  IntOrString: { of: 'intOrString', format: 'int-or-string' },
  Date: { of: 'string', format: 'date-time' },
  V1MicroTime: { of: 'string', format: 'date-time' },
  any: { of: 'any', format: '' },
  object: { of: 'any', format: '' },
};

const parseType = (type: string, format: string): Type => {
  const list = /^Array<(.+)>$/.exec(type);
  if (list?.[1]) return { of: 'list', item: parseType(list[1], format) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map?.[1]) return { of: 'map', item: parseType(map[1], format) };
  const known = scalar[type];
  if (!known) return { of: 'model', name: type };
  return 'format' in known && format !== '' ? { ...known, format } : known;
};

const attributes = (source: string): Attribute[] => {
  const found = /\.attributeTypeMap = (\[[\s\S]*?\n?\]);/.exec(source);
  return found?.[1] ? (JSON.parse(found[1]) as Attribute[]) : [];
};

const plain = (comment: string | undefined): string =>
  (comment ?? '').replace(/^\s*\* ?/gm, '').replace(/\\(['"`])/g, '$1').trim();

type Typing = { required: boolean; description: string };

const typings = (source: string): { description: string; fields: Map<string, Typing> } => {
  const fields = new Map<string, Typing>();
  for (const [, comment, name = '', optional] of source.matchAll(/(?:\/\*\*([^/]*(?:\/(?!\*)[^/]*)*?)\*\/\s*)?'([^'\n]+)'(\?)?: /g)) {
    fields.set(name, { required: optional === undefined, description: plain(comment) });
  }
  const head = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export declare class/.exec(source);
  return { description: plain(head?.[1]), fields };
};

const readModel = (directory: string, name: string): Model | undefined => {
  const file = path.join(directory, name);
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name) || !fs.existsSync(`${file}.js`)) return undefined;
  const typing = typings(fs.readFileSync(`${file}.d.ts`, 'utf8'));
  const fields = attributes(fs.readFileSync(`${file}.js`, 'utf8')).map((attribute): [string, Field] => [
    attribute.baseName,
    { type: parseType(attribute.type, attribute.format), required: false, description: '', ...typing.fields.get(attribute.name) },
  ]);
  return { name, description: typing.description, fields: new Map(fields) };
};

/** Reads a model's two files when it is first asked for; a start reads only what its own objects need. */
export const createModels = (): Models => {
  const directory = path.join(path.dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')), 'gen', 'models');
  const known = new Map<string, Model | undefined>();
  return (name) => {
    if (!known.has(name)) known.set(name, readModel(directory, name));
    return known.get(name);
  };
};
