// The ring of past changes from which watches resume, and the followers who hear of changes once they are on disk.
import type { KubeObject, ResourceKey, WatchEvent } from '../types.js';

/** One past change; `previous` lets a watch with a selector see objects enter and leave it. */
export type Entry = { revision: number; key: ResourceKey; event: WatchEvent; previous: KubeObject | undefined };

/** Texts that the followers of one batch share, so that each object is written out once for all who watch it alike. */
export type Shared = Map<string, string>;

export type Follower = (entries: Entry[], shared: Shared) => void;

export type History = {
  record(entry: Entry): void;
  /** The oldest revision from which a watch can still be resumed. */
  oldest(): number;
  since(revision: number, key: ResourceKey): Entry[];
  follow(key: ResourceKey, fn: Follower): () => void;
  /** Hands everything recorded since the last call to the followers. */
  publish(): void;
};

const kept = 6000;
const slack = 1500;

/** Starts empty at `revision`: what happened before cannot be told any more. */
export const createHistory = (revision: number): History => {
  let oldest = revision;
  let ring: Entry[] = [];
  let unsent: Entry[] = [];
  const followers = new Map<ResourceKey, Set<Follower>>();
  return {
    record: (entry) => {
      ring.push(entry);
      unsent.push(entry);
      if (ring.length <= kept + slack) return;
      ring = ring.slice(-kept);
      oldest = (ring[0]?.revision ?? oldest) - 1;
    },
    oldest: () => oldest,
    since: (from, key) => ring.filter((entry) => entry.revision > from && entry.key === key),
    follow: (key, fn) => {
      const set = followers.get(key) ?? new Set();
      followers.set(key, set.add(fn));
      return () => void set.delete(fn);
    },
    publish: () => {
      const batch = unsent;
      unsent = [];
      for (const key of new Set(batch.map((entry) => entry.key))) {
        const told = [...(followers.get(key) ?? [])];
        if (told.length === 0) continue;
        const mine = batch.filter((entry) => entry.key === key);
        const shared: Shared = new Map();
        for (const fn of told) fn(mine, shared);
      }
    },
  };
};
