// Starts a bundle once for its cache: `node warm.mjs FILE up …`. When it says that it is ready the code is kept, and it ends.
import fs from 'node:fs';
import { cacheOf, load } from './load.mjs';

const [file] = process.argv.splice(2, 1);
const write = process.stdout.write.bind(process.stdout);

process.stdout.write = (text, ...rest) => {
  if (String(text).includes('is ready')) setImmediate(keep);
  return write(text, ...rest);
};

const { cache } = load(file);

const keep = () => {
  fs.writeFileSync(`${cacheOf(file)}.new`, cache());
  fs.renameSync(`${cacheOf(file)}.new`, cacheOf(file));
  process.kill(process.pid, 'SIGTERM');
};
