// Folders for a test file's tests, which all go when its process ends.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Answers with a new, empty folder at each call. */
export const scratch = (name: string): (() => string) => {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  process.once('exit', () => fs.rmSync(base, { recursive: true, force: true }));
  return () => fs.mkdtempSync(path.join(base, 'one-'));
};
