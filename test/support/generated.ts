// The parts of the README that are generated from the code: `node out/test/support/write-readme.js` writes them, a test compares them.
import { describedOnly, leftOut, listenerProtocols, modelled, refusedParts } from '../../emulator/api/elbv2/modelled.js';
import { balancerMeanings, meaningsOf } from '../../emulator/main/metric-names.js';

const listed = (wanted: boolean): string => Object.entries(modelled).filter(([, is]) => is === wanted).map(([name]) => name).join(', ');

const refused = (): string => {
  const { loadBalancerTypes, targetTypes, targetGroupProtocols, parameters } = refusedParts;
  const parts = [`load balancers of type ${loadBalancerTypes.join(' and ')}`, `target groups of type ${targetTypes.join(' and ')}`, `target groups of protocol ${targetGroupProtocols.join(', ')}`];
  return [...parts, `the parameters ${parameters.join(', ')}`, 'tags of listener rules', 'stickiness between target groups'].join('; ');
};

const operations = (): string => `| ELBv2 | |
|---|---|
| operations that are answered | ${listed(true)} |
| operations that are refused as not modelled | ${listed(false)} |
| listener protocols that carry traffic | ${listenerProtocols.join(', ')} |
| refused as not modelled | ${refused()} |
| stored and described as on AWS, and without effect on traffic | ${describedOnly.join(', ')} |
| of the traffic, not modelled | ${leftOut.join('; ')} |
`;

/** Names that tell the same stand in one row. */
const metrics = (): string => {
  const kinds = listenerProtocols.flatMap((protocol) => (['tcp', 'udp'] as const).map((transport) => meaningsOf(protocol, transport)));
  const rows = new Map<string, Set<string>>();
  const tell = (help: string, name: string): void => void rows.set(help, (rows.get(help) ?? new Set()).add(`\`${name}\``));
  for (const [name, { help }] of kinds.flatMap((kind) => Object.entries(kind))) tell(help, name);
  for (const [name, help] of Object.entries(balancerMeanings)) tell(help, name);
  tell('The same of one target, whichever listeners lead there.', 'Target_…');
  return `| at \`/metrics\` | |\n|---|---|\n${[...rows].map(([help, names]) => `| ${[...names].join(', ')} | ${help} |\n`).join('')}`;
};

const sections: Record<string, () => string> = { operations, metrics };

/** `text` with each generated section brought up to date. */
export const withGenerated = (text: string): string =>
  Object.entries(sections).reduce(
    (sofar, [name, section]) => sofar.replace(new RegExp(`(<!-- generated:${name} -->\\n)[^]*?(<!-- /generated -->)`), (_, open: string, close: string) => `${open}${section()}${close}`),
    text,
  );
