// Shell patterns over directory paths, as the workshop's runner reads them: `*` also passes a slash. Pure.

const parts: readonly (readonly [RegExp, (found: string) => string])[] = [
  [/^\*+/, () => '.*'],
  [/^\?/, () => '.'],
  [/^\{/, () => '(?:'],
  [/^\}/, () => ')'],
  [/^,/, () => ','],
  [/^\[[^\]]*\]/, (found) => found.replace(/^\[!/, '[^')],
  [/^[\s\S]/, (found) => found.replace(/[$()+./\\^|\]]/, '\\$&')],
];

/** The whole path must fit. A comma separates only within braces. */
export const fitsGlob = (glob: string, path: string): boolean => {
  let [left, source, depth] = [glob, '', 0];
  while (left !== '') {
    const [pattern, write] = parts.find(([one]) => one.test(left)) ?? parts[6]!;
    const [found = ''] = pattern.exec(left) ?? [];
    depth += found === '{' ? 1 : found === '}' ? -1 : 0;
    source += found === ',' && depth > 0 ? '|' : write(found);
    left = left.slice(found.length);
  }
  return new RegExp(`^${source}$`).test(path);
};
