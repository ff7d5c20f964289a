// Commands that mend a Service, to be pasted into a shell as they are. Pure.
import type { Service } from '../../kube/types.js';

/** A word as a shell takes it. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const target = ({ metadata: { namespace = 'default', name } }: Service): string => `service -n ${namespace} ${name}`;

/** `null` takes an annotation away. */
export type Changes = Record<string, string | null>;

const words = (changes: Changes): string => Object.entries(changes).map(([key, value]) => (value === null ? `${key}-` : quoted(`${key}=${value}`))).join(' ');

export const annotate = (service: Service, changes: Changes): string => `\`kubectl annotate --overwrite ${target(service)} ${words(changes)}\``;

export const patch = (service: Service, change: object): string => `\`kubectl patch ${target(service)} --type merge -p ${quoted(JSON.stringify(change))}\``;

const anew = (service: Service, change: string): string => `\`kubectl get ${target(service)} -o yaml | kubectl ${change} -o yaml | kubectl replace --force -f -\``;

/** For what must not change on a Service that there is: it is deleted and made again. */
export const annotatedAnew = (service: Service, changes: Changes): string => anew(service, `annotate --local --overwrite -f - ${words(changes)}`);
export const patchedAnew = (service: Service, change: object): string => anew(service, `patch --local -f - --type merge -p ${quoted(JSON.stringify(change))}`);
