// Finds and reads the file of a page.
import fs from 'node:fs/promises';
import path from 'node:path';
import { UserError, codeOf, messageOf } from '../emulator/errors.js';
import { pagesDir } from './assets.js';
import { parsePage } from './page.js';
import type { Page } from './steps.js';

/** The file names of our own pages, such as `ip-mode.en.md`. */
export const listPages = async (): Promise<string[]> =>
  (await fs.readdir(pagesDir)).filter((name) => name.endsWith('.md')).sort();

/** The file of a page given by name and language, or by path. */
export const findPage = async (page: string, lang: string): Promise<string> => {
  const file = page.endsWith('.md') ? path.resolve(page) : path.join(pagesDir, path.basename(`${page}.${lang}.md`));
  try {
    await fs.access(file);
    return file;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new UserError(`There is no page "${page}" in language "${lang}".`, {
      hint: `Pages are ${(await listPages()).join(', ')}; or give the path of a Markdown file.`,
    });
  }
};

/** The page in a file. */
export const readPage = async (file: string): Promise<Page> => {
  try {
    return parsePage(await fs.readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${file}: ${messageOf(error)}`, { ...(error.hint ? { hint: error.hint } : {}), cause: error });
  }
};
