// The images of the workshop's base application for the nodes of a kind cluster: what Docker has goes there, a stand-in where it has none.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../errors.js';
import type { Deps } from './kubectl-cluster.js';
import { failure, type Run } from './run.js';
import { cannotBuild, withStandIns } from './stand-in-image.js';

const registry = 'public.ecr.aws';

/** The workshop's base application and what it keeps its data in: without them nothing on its pages would start offline. */
export const workshopImages: readonly string[] = [
  ...['ui', 'cart', 'catalog', 'checkout', 'orders'].map((name) => `${registry}/aws-containers/retail-store-sample-${name}:1.2.1`),
  ...['mysql:8.0', 'postgres:16.1', 'redis:6.0-alpine'].map((name) => `${registry}/docker/library/${name}`),
  'amazon/dynamodb-local:1.25.1',
];

/** `retail-store-sample-ui` of its reference. */
const shortName = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1).replace(/:.*$/, '');

const isAtHand = async (image: string, { execute }: Deps): Promise<boolean> =>
  (await execute('docker', ['image', 'inspect', '--format', '{{.Id}}', image])).ok;

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Of a pulled image Docker's containerd store has this platform's part alone and saves the list of all, which the nodes'
 * import refuses (https://github.com/kubernetes-sigs/kind/issues/3795): an archive of one platform is whole. Docker 28 and newer.
 */
const loadArchive = async (cluster: string, images: readonly string[], execute: Run): Promise<boolean> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-images-'));
  const archive = path.join(folder, 'images.tar');
  try {
    const saved = await execute('docker', ['save', '--platform', `linux/${architectures[process.arch] ?? process.arch}`, '--output', archive, ...images]);
    return saved.ok && (await execute('kind', ['load', 'image-archive', archive, '--name', cluster])).ok;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
};

const load = async (cluster: string, images: readonly string[], { execute, say }: Deps): Promise<void> => {
  if (images.length === 0) return;
  say(`loading ${images.length} ${images.length === 1 ? 'image' : 'images'} into the nodes`);
  const loaded = await execute('kind', ['load', 'docker-image', ...images, '--name', cluster]);
  if (!loaded.ok && !(await loadArchive(cluster, images, execute))) throw failure('images could not be loaded into the nodes', loaded);
};

const loadStandIns = (cluster: string, images: readonly string[], deps: Deps): Promise<void> => {
  deps.say(`building stand-ins for ${images.length} images`);
  return withStandIns(images.map((tag) => ({ name: shortName(tag), tag })), deps.execute, () => load(cluster, images, deps));
};

/**
 * Never fails a start: what could not be loaded is said, and the nodes pull it when they can. Somebody's own cluster
 * (not `ours`) gets no stand-ins: they would outlive this run there under the names of the real images.
 */
export const loadImages = async ({ name: cluster, ours }: { name: string; ours: boolean }, deps: Deps, platform: NodeJS.Platform = process.platform): Promise<string[]> => {
  const here: string[] = [];
  const missing: string[] = [];
  for (const image of workshopImages) (await isAtHand(image, deps) ? here : missing).push(image);
  const notes: string[] = [];
  const attempt = async (what: string, act: () => Promise<void>, done?: string): Promise<void> => {
    try {
      await act();
      if (done !== undefined) notes.push(done);
    } catch (error) {
      deps.log.warn({ error }, what);
      notes.push(`${what}: ${messageOf(error)}; the nodes pull them`);
    }
  };
  await attempt('images that Docker has could not be loaded', () => load(cluster, here, deps));
  if (missing.length === 0) return notes;
  const names = missing.map(shortName).join(', ');
  const obstacle = ours ? cannotBuild(platform) : 'an adopted cluster gets no stand-ins';
  if (obstacle !== undefined) return [...notes, `${names}: not in Docker, and ${obstacle}; the nodes pull them (\`docker pull\` them before the start to work offline)`];
  await attempt(`${names}: not in Docker, and no stand-in could be made`, () => loadStandIns(cluster, missing, deps), `stand-ins for ${names}, which are not in Docker; \`docker pull\` them before the start to have the real ones`);
  return notes;
};
