// One of the images as a program of its own, in a container of a real cluster.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../clock.js';
import { UserError } from '../../errors.js';
import { builtInImages, findImage } from './table.js';
import type { ContainerContext, RunningContainer } from './types.js';

type Env = Readonly<Record<string, string | undefined>>;

const ownAddress = (): string =>
  Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';

/** What a container of a real cluster can tell of itself; the METADATA variables are those of the workshop's manifests. */
const contextOf = (image: string, env: Env, args: readonly string[], log: (line: string) => void): ContainerContext => ({
  namespace: env['METADATA_KUBERNETES_NAMESPACE'] ?? 'default',
  pod: env['METADATA_KUBERNETES_POD_NAME'] ?? os.hostname(),
  container: image,
  image,
  node: env['METADATA_KUBERNETES_NODE_NAME'] ?? '',
  zone: '',
  podIP: ownAddress(),
  listen: env['NLBOX_STAND_IN_LISTEN'] ?? '0.0.0.0',
  podPort: (port) => port,
  guard: { watch: () => {} },
  ports: [],
  udpPorts: [],
  command: [],
  args,
  env: Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  surroundings: () => ({}),
  stdin: false,
  tty: false,
  connect: (host, port) => net.connect(port, host),
  directory: () => fs.mkdtempSync(path.join(os.tmpdir(), 'stand-in-')),
  clock: systemClock,
  unproject: (address) => address,
  log,
});

/** Starts the image that NLBOX_STAND_IN names. */
export const startAlone = (env: Env, args: readonly string[], log: (line: string) => void): Promise<RunningContainer> => {
  const name = env['NLBOX_STAND_IN'] ?? '';
  const image = findImage(builtInImages, name);
  if (!image) throw new UserError(`there is no stand-in for '${name}'`);
  return image.start(contextOf(name, env, args, log));
};
