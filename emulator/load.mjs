// Runs the bundle with what V8 made of it before, if this Node.js can use that: most of a start is else spent on compiling.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file) : undefined);

/** Where the code made of a bundle is kept. Another Node.js, or another bundle, and V8 does not take it. */
export const cacheOf = (file) => `${file}.cache`;

/** Runs a file of CommonJS, which has ASCII only; the answer makes the cache of all that was compiled so far. */
export const load = (file) => {
  const script = new vm.Script(`(function (require, __filename) {${fs.readFileSync(file, 'latin1')}\n})`, {
    filename: file,
    cachedData: read(cacheOf(file)),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  script.runInThisContext()(createRequire(file), file);
  return { cache: () => script.createCachedData() };
};
