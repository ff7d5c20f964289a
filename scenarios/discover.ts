// Finds the pages of a checkout in the order in which the workshop's own runner takes them.
import fs from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../emulator/errors.js';
import { readPage } from './pages.js';
import type { Page } from './steps.js';

export type PageFile = { file: string; page: Page };

/** A directory of pages. */
export type Suite = {
  directory: string;
  title: string;
  weight: number | undefined;
  pages: readonly PageFile[];
  children: readonly Suite[];
};

/** They give their directory its title, and run first, in this order of preference. */
const indexNames = ['_index.md', 'index.en.md', 'index.md'];

const isIndex = ({ file }: PageFile): boolean => indexNames.includes(path.basename(file));

// Whatever an index page says of its place among the chapters, in its own directory it is the first.
const placeOf = (one: PageFile): number => (isIndex(one) ? -Infinity : (one.page.weight ?? Infinity));

const inOrder = <T>(things: readonly T[], place: (thing: T) => number, name: (thing: T) => string): T[] =>
  [...things].sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    return left === right ? name(a).localeCompare(name(b)) : left - right;
  });

// An empty file is no page; one with text but no front matter stops the run, as upstream.
const readPages = async (directory: string, names: readonly string[]): Promise<PageFile[]> => {
  const read: PageFile[] = [];
  for (const name of names) {
    const file = path.join(directory, name);
    if ((await fs.stat(file)).size === 0) continue;
    const one = { file, page: await readPage(file) };
    if (one.page.steps.length > 0 || one.page.problems.length > 0 || isIndex(one)) read.push(one);
  }
  return inOrder(read, placeOf, ({ file }) => file);
};

const titleOf = (directory: string, pages: readonly PageFile[]): string => pages.find(isIndex)?.page.title || path.basename(directory);

/** Everything below a directory; nothing of a directory with a file `.notest`. */
export const discover = async (directory: string): Promise<Suite | undefined> => {
  const entries = await fs.readdir(directory, { withFileTypes: true });
  if (entries.some(({ name }) => name === '.notest')) return undefined;
  const pages = await readPages(directory, entries.filter((one) => one.isFile() && one.name.endsWith('.md')).map(({ name }) => name));
  const children: Suite[] = [];
  for (const { name } of entries.filter((one) => one.isDirectory() && one.name !== 'node_modules')) {
    const child = await discover(path.join(directory, name));
    if (child && (child.pages.length > 0 || child.children.length > 0)) children.push(child);
  }
  const weight = pages.find(isIndex)?.page.weight;
  return { directory, title: titleOf(directory, pages), weight, pages, children: inOrder(children, (one) => one.weight ?? Infinity, (one) => one.directory) };
};

/** Where an English page of the same relative path lies, for a directory of a translation; undefined for others. */
export const englishOf = (directory: string): string | undefined => {
  const parts = directory.split(path.sep);
  const at = parts.lastIndexOf('i18n');
  if (at < 0 || parts[at + 2] !== 'docusaurus-plugin-content-docs') return undefined;
  return [...parts.slice(0, at), 'docs', ...parts.slice(at + 4)].join(path.sep);
};

const exists = async (file: string): Promise<boolean> => {
  try {
    await fs.access(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

/** The hooks of a directory's pages: its own, or, as translations have none, those of the English page. */
export const hooksOf = async (directory: string): Promise<string> => {
  const own = path.join(directory, 'tests');
  const english = englishOf(directory);
  return english !== undefined && !(await exists(own)) ? path.join(english, 'tests') : own;
};

/** The suite's own hook, if it has one. */
export const suiteHookOf = async (directory: string): Promise<string | undefined> => {
  const file = path.join(await hooksOf(directory), 'hook-suite.sh');
  return (await exists(file)) ? file : undefined;
};
