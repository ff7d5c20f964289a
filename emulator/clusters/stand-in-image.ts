// Builds an image for a real cluster's nodes from the stand-ins of the embedded one and this machine's own Node: nothing is fetched.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageFile } from '../version.js';
import { failure, type Run, type RunOptions } from './run.js';

/** The files that `ldd` names: libraries and the loader. Pure. */
export const librariesIn = (ldd: string): string[] =>
  [...ldd.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map((match) => match[1] ?? '');

/** What `docker build` is told. Pure. */
export const dockerfile = (node: string, libraries: readonly string[]): string => `FROM scratch
COPY root/ /
ENV LD_LIBRARY_PATH=${[...new Set(libraries.map((file) => path.posix.dirname(file)))].join(':')}
USER 1000
ENTRYPOINT ["${node}", "/nlbox/main.js"]
`;

const program = `import { startAlone } from './tinykube/images/alone.js';
const { argv, env } = process;
const running = await startAlone(env, argv.slice(2), (line) => console.log(line));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => running.stop().then(() => process.exit(0)));
`;

// What an image needs is compiled file by file.
const emulator = packageFile('out/emulator');

const copyInto = (root: string, file: string, target = file): void => {
  const to = path.join(root, target);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  // A link is followed: what it leads to would be missing in the image.
  fs.copyFileSync(fs.realpathSync(file), to);
};

const copyProgram = (root: string): void => {
  const leaves = fs.readdirSync(emulator).filter((name) => name.endsWith('.js'));
  const images = fs.readdirSync(path.join(emulator, 'tinykube/images')).filter((name) => name.endsWith('.js'));
  for (const name of [...leaves, ...images.map((one) => path.join('tinykube/images', one))]) copyInto(root, path.join(emulator, name), path.join('/nlbox', name));
  fs.writeFileSync(path.join(root, 'nlbox/package.json'), '{ "type": "module" }\n');
  fs.writeFileSync(path.join(root, 'nlbox/main.js'), program);
};

/** Fills `folder` with what the image is made of. */
export const writeContext = async (folder: string, execute: Run): Promise<void> => {
  const listed = await execute('ldd', [process.execPath]);
  if (!listed.ok) throw failure("the libraries of this machine's Node cannot be listed", listed);
  const libraries = librariesIn(listed.stdout);
  const root = path.join(folder, 'root');
  for (const file of [process.execPath, ...libraries]) copyInto(root, file);
  copyProgram(root);
  fs.writeFileSync(path.join(folder, 'Dockerfile'), dockerfile(process.execPath, libraries));
};

/** Why this machine cannot make one: its own Node must run on the nodes, which are Linux of its processor. Pure. */
export const cannotBuild = (platform: NodeJS.Platform): string | undefined =>
  platform === 'linux' ? undefined : `a stand-in can be made on Linux only, not on ${platform}`;

/** The one image that all stand-ins are: each of them adds its name to it. */
const base = 'nlbox-stand-in';

/** Builds a stand-in for each image under the image's own name, hands them to `use`, and takes all of them out of Docker again. */
export const withStandIns = async (images: readonly { name: string; tag: string }[], execute: Run, use: () => Promise<void>): Promise<void> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-stand-in-'));
  const built: string[] = [];
  const build = async (tag: string, args: readonly string[], options?: RunOptions): Promise<void> => {
    const ran = await execute('docker', ['build', '--quiet', '--tag', tag, ...args], options);
    if (!ran.ok) throw failure(`a stand-in for ${tag} could not be built`, ran);
    built.push(tag);
  };
  try {
    await writeContext(folder, execute);
    await build(base, [folder]);
    for (const { name, tag } of images) await build(tag, ['-'], { input: `FROM ${base}\nENV NLBOX_STAND_IN=${name}\n` });
    await use();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
    // Under the name of the real one it would be taken for it by the next `docker run`.
    if (built.length > 0) await execute('docker', ['image', 'rm', '--force', ...built]);
  }
};
