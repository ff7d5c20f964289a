// Loaded into the process of every test file: one that does not end when its tests are over is named, with what keeps it, and ended.
// ava itself would wait for it, in some cases for ever.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { registerCompletionHandler } from 'ava';

/** What an orderly end may take after the last test: connections that close, children that leave. */
const patience = 10_000;

const counted = (names: string[]): string => [...new Set(names)].map((name) => `${names.filter((one) => one === name).length} ${name}`).join(', ');

registerCompletionHandler(() => {
  // What Node does behind this event is to wait for every handle to close; one that cannot be closed, it asks for ever.
  process.once('exit', () => process.exit());
  const file = path.relative(process.cwd(), fileURLToPath(test.meta.file));
  setTimeout(() => {
    process.stderr.write(`${file} did not end by itself; kept by: ${counted(process.getActiveResourcesInfo())}\n`);
    process.exit();
  }, patience).unref();
});
