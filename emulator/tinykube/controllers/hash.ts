// The hash in the names of ReplicaSets and in revision labels: FNV-32a in Kubernetes' safe alphabet; pure.

// The letters that cannot make words, as in k8s.io/apimachinery/pkg/util/rand.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

const fnv32a = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

/** JSON with sorted keys, so that equal values give equal text. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
};

/** A short stable hash of any value; `collisions` gives another one when a name is taken. */
export const safeHash = (value: unknown, collisions = 0): string => {
  const digits = String(fnv32a(canonical(value) + (collisions ? String(collisions) : '')));
  return [...digits].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
};

/** FNV-32a as a number, where a stable pseudo-random start is wanted. */
export const stableNumber = (text: string): number => fnv32a(text);
