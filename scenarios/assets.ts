// Where the files that are not code lie: pages and manifests stay beside the sources, also when compiled.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// This file runs as out/scenarios/assets.js; the package keeps scenarios/ next to out/.
const home = fileURLToPath(new URL('../../scenarios/', import.meta.url));

/** The folder of our own manifests. */
export const manifestsDir = path.join(home, 'manifests');

/** The folder of our own pages. */
export const pagesDir = path.join(home, 'pages');

/** The folder of the stand-ins: `bin` goes before a PATH, `if-missing` after it. */
export const standInsDir = path.join(home, 'standins');
