// The parts of the README that are generated from the code: `node out/test/support/write-readme.js` writes them, a test compares them.
import { describedOnly, listenerProtocols, modelled, refusedParts } from '../../emulator/api/elbv2/modelled.js';

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
`;

const sections: Record<string, () => string> = { operations };

/** `text` with each generated section brought up to date. */
export const withGenerated = (text: string): string =>
  Object.entries(sections).reduce(
    (sofar, [name, section]) => sofar.replace(new RegExp(`(<!-- generated:${name} -->\\n)[^]*?(<!-- /generated -->)`), (_, open: string, close: string) => `${open}${section()}${close}`),
    text,
  );
