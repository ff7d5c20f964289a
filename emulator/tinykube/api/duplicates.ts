// Keys that stand twice in one object of a JSON text: JSON.parse takes the last and says nothing, Kubernetes tells of them.

export type Duplicate = { trail: string; key: string; line: number };

type Frame = { trail: string; seen: Set<string>; index: number; list: boolean };

const token = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s"{}[\],:]+/g;

const inner = (frame: Frame | undefined, key: string): string => {
  if (!frame) return '';
  if (frame.list) return `${frame.trail}[${frame.index}]`;
  return frame.trail === '' ? key : `${frame.trail}.${key}`;
};

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Each place once, in the order of the text, which must be JSON. */
export const duplicateKeys = (text: string): Duplicate[] => {
  const found = new Map<string, Duplicate>();
  const open: Frame[] = [];
  let key = '';
  let expectsKey = false;
  for (const { 0: word, index: at } of text.matchAll(token)) {
    const frame = open.at(-1);
    if (word === '{' || word === '[') {
      open.push({ trail: inner(frame, key), seen: new Set(), index: 0, list: word === '[' });
      expectsKey = word === '{';
    } else if (word === '}' || word === ']') {
      open.pop();
      expectsKey = false;
    } else if (word === ',') {
      if (frame) frame.index += 1;
      expectsKey = frame?.list === false;
    } else if (expectsKey && frame) {
      key = JSON.parse(word) as string;
      expectsKey = false;
      const trail = inner(frame, key);
      if (frame.seen.has(key) && !found.has(trail)) found.set(trail, { trail, key, line: lineAt(text, at) });
      frame.seen.add(key);
    }
  }
  return [...found.values()];
};
