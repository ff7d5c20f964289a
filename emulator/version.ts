// The product's version, from package.json.
import fs from 'node:fs';

const manifest = new URL('../../package.json', import.meta.url);

export const version = (): string => (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string }).version;
