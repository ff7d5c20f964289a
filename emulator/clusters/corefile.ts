// CoreDNS's Corefile with and without the names of load balancers, pure: a marked block of rewrites in each server block for the root.

/** A load balancer's name and the Service that it stands for. */
export type ServiceName = { name: string; namespace: string; service: string; /** Of the Service, where all of them are TCP. */ ports?: readonly number[] };

const opening = '# >>> nlbox';
const closing = '# <<< nlbox';

const escaped = (text: string): string => text.replaceAll('.', String.raw`\.`);

// The long form also gives the answer its name back, in every version of CoreDNS: resolvers refuse an answer with another.
const rewrite = (domain: string) => ({ name, namespace, service }: ServiceName): string[] => {
  const inside = `${service}.${namespace}.svc.${domain}`;
  return [
    'rewrite stop {',
    `    name regex ^${escaped(name.toLowerCase())}\\.?$ ${inside}`,
    `    answer name ^${escaped(inside)}\\.?$ ${name.toLowerCase()}`,
    '}',
  ];
};

/** The domain that the `kubernetes` plugin serves. */
const domainIn = (corefile: string): string => /^\s*kubernetes\s+([\w.-]+)/m.exec(corefile)?.[1]?.replace(/\.$/, '') ?? 'cluster.local';

/** The text as it was before; without a block it comes back unchanged. */
export const withoutNames = (corefile: string): string => {
  const kept: string[] = [];
  let inside = false;
  for (const line of corefile.split('\n')) {
    if (line.trim() === opening) inside = true;
    if (!inside) kept.push(line);
    if (line.trim() === closing) inside = false;
  }
  return kept.join('\n');
};

/** `.:53 {`, or a list of zones with the root among them. */
const namesRoot = (line: string): boolean => line.slice(0, line.lastIndexOf('{')).split(/[\s,]+/).some((zone) => /^(dns:\/\/)?\.(:\d+)?$/.test(zone));

/** The lines that open a server block for the root; blocks within blocks (`forward . {`) are none. */
const rootOpenings = (lines: readonly string[]): Set<number> => {
  const found = new Set<number>();
  let depth = 0;
  lines.forEach((line, at) => {
    const text = line.replace(/#.*$/, '').trimEnd();
    if (text.endsWith('{') && depth === 0 && namesRoot(text)) found.add(at);
    if (text.endsWith('{')) depth += 1;
    else if (text.trim() === '}') depth = Math.max(0, depth - 1);
  });
  return found;
};

/** The text with these names and no others of ours; where no server block is for the root it comes back without any. */
export const withNames = (corefile: string, names: readonly ServiceName[]): string => {
  const plain = withoutNames(corefile);
  if (names.length === 0) return plain;
  const lines = plain.split('\n');
  const openings = rootOpenings(lines);
  const block = [opening, ...names.flatMap(rewrite(domainIn(plain))), closing].map((line) => `    ${line}`);
  return lines.flatMap((line, at) => (openings.has(at) ? [line, ...block] : [line])).join('\n');
};
