// Puts our own manifests where the workshop's pages look for them, and never over something that is not ours.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { UserError, codeOf } from '../emulator/errors.js';
import { manifestsDir } from './assets.js';

export type InitWorkshopOptions = {
  /** The folder to make or to bring up to date, usually ~/environment/eks-workshop. */
  target: string;
  /** The tree to copy. Default: ours. */
  source?: string;
};

/** Paths are relative to the target. */
export type InitWorkshopResult = {
  target: string;
  created: readonly string[];
  updated: readonly string[];
  removed: readonly string[];
  unchanged: readonly string[];
  /** Changed or made by someone else since, so left as they are. */
  kept: readonly string[];
  /** All that in a few lines for people. */
  message: string;
};

/** The file that says a folder is ours, with the hash of each file as we wrote it. */
export const markerName = '.nlbox-workshop.json';

type Hashes = Readonly<Record<string, string>>;
type Marker = { madeBy: 'nlbox'; files: Hashes };

const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');

const readIfThere = async (file: string): Promise<string | undefined> => {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const listFiles = async (folder: string): Promise<string[]> => {
  const entries = await fs.readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
};

// Renamed into place, so that an interruption leaves either the old file or the new one.
const write = async (file: string, content: string): Promise<void> => {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const fresh = `${file}.nlbox-new`;
  await fs.writeFile(fresh, content);
  await fs.rename(fresh, file);
};

const writeMarker = (target: string, files: Hashes): Promise<void> => {
  const marker: Marker = { madeBy: 'nlbox', files };
  return write(path.join(target, markerName), `${JSON.stringify(marker, undefined, 2)}\n`);
};

const readMarker = (text: string): Marker | undefined => {
  try {
    const marker = JSON.parse(text) as Partial<Marker> | null;
    return marker?.madeBy === 'nlbox' && typeof marker.files === 'object' ? (marker as Marker) : undefined;
  } catch {
    return undefined;
  }
};

const contentsOf = async (target: string): Promise<string[]> => {
  try {
    return await fs.readdir(target);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    if (codeOf(error) !== 'ENOTDIR') throw error;
    throw new UserError(`${target} is a file, not a folder.`, { hint: 'Move it away, or choose another folder.' });
  }
};

/** What we wrote there before; refuses a folder with contents that we did not make. */
const claim = async (target: string): Promise<Hashes> => {
  if ((await contentsOf(target)).length === 0) {
    // First of all, so that an interrupted first run is still known as ours.
    await writeMarker(target, {});
    return {};
  }
  const text = await readIfThere(path.join(target, markerName));
  const marker = text === undefined ? undefined : readMarker(text);
  if (marker) return marker.files;
  throw new UserError(`${target} exists and was not made by nlbox; nothing was changed.`, {
    hint: `Move it away (mv ${target} ${target}.mine) and run this again, or choose another folder.`,
  });
};

type Fate = Exclude<keyof InitWorkshopResult, 'target' | 'message'>;

const place = async (file: string, content: string, written: string | undefined): Promise<Fate> => {
  const there = await readIfThere(file);
  if (there === content) return 'unchanged';
  if (there !== undefined && hashOf(there) !== written) return 'kept';
  await write(file, content);
  return there === undefined ? 'created' : 'updated';
};

const drop = async (file: string, written: string | undefined): Promise<Fate | undefined> => {
  const there = await readIfThere(file);
  if (there === undefined) return undefined;
  if (hashOf(there) !== written) return 'kept';
  await fs.rm(file);
  return 'removed';
};

const messageFor = (target: string, files: Readonly<Record<Fate, readonly string[]>>): string => {
  const changes = (['created', 'updated', 'removed', 'unchanged'] as const)
    .filter((fate) => files[fate].length > 0)
    .map((fate) => `${files[fate].length} ${fate}`);
  const kept = files.kept.map((name) => `  left as it is, because it was changed by someone else: ${name}`);
  return [`Workshop manifests in ${target}: ${changes.join(', ') || 'nothing to do'}.`, ...kept].join('\n');
};

/** Copies the manifests to the target, or brings an earlier copy of ours up to date. Safe to repeat. */
export const initWorkshop = async (options: InitWorkshopOptions): Promise<InitWorkshopResult> => {
  const { target, source = manifestsDir } = options;
  const before = await claim(target);
  const result = { created: [], updated: [], removed: [], unchanged: [], kept: [] } as Record<Fate, string[]>;
  const files: Record<string, string> = {};
  for (const name of await listFiles(source)) {
    const content = await fs.readFile(path.join(source, name), 'utf8');
    result[await place(path.join(target, name), content, before[name])].push(name);
    files[name] = hashOf(content);
  }
  for (const name of Object.keys(before).filter((known) => !(known in files))) {
    const fate = await drop(path.join(target, name), before[name]);
    if (fate) result[fate].push(name);
  }
  await writeMarker(target, files);
  return { target, ...result, message: messageFor(target, result) };
};
