// The parts of the README that are generated from the code: `node out/test/support/write-readme.js` writes them, a test compares them.
import { listenerProtocols, modelled } from '../../emulator/api/elbv2/modelled.js';

const listed = (wanted: boolean): string => Object.entries(modelled).filter(([, is]) => is === wanted).map(([name]) => name).join(', ');
const protocols = (how: string): string => Object.entries(listenerProtocols).filter(([, is]) => is === how).map(([name]) => name).join(', ');

const operations = (): string => `| ELBv2 | |
|---|---|
| operations that are answered | ${listed(true)} |
| operations that are refused as not modelled | ${listed(false)} |
| listener protocols that carry traffic | ${protocols('carried')} |
| listener protocols that are stored and described, and carry nothing | ${protocols('stored')} |
`;

const sections: Record<string, () => string> = { operations };

/** `text` with each generated section brought up to date. */
export const withGenerated = (text: string): string =>
  Object.entries(sections).reduce(
    (sofar, [name, section]) => sofar.replace(new RegExp(`(<!-- generated:${name} -->\\n)[^]*?(<!-- /generated -->)`), (_, open: string, close: string) => `${open}${section()}${close}`),
    text,
  );
