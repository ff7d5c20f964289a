// The product's version, from package.json, and where its files are.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

// This file runs as out/emulator/…, or as a part of out/bundle/….
const root = new URL('../../', import.meta.url);

/** A file or folder of the package, as a path. */
export const packageFile = (name: string): string => fileURLToPath(new URL(name, root));

export const version = (): string => (JSON.parse(fs.readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
