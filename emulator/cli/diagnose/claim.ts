// Who owns the Service, and whether its annotations say what their author meant. Pure.
import { annotationTable, families, prefix } from '../../controller/annotations.js';
import { isSupported } from '../../controller/claims.js';
import { defaultFlags, type ControllerFlags } from '../../controller/flags.js';
import type { Service } from '../../kube/types.js';
import type { Facts, Finding } from './facts.js';
import { nearest } from './nearest.js';
import { annotate, annotatedAnew, patch, patchedAnew } from './remedy.js';

const typeKey = `${prefix}aws-load-balancer-type`;
const targetTypeKey = `${prefix}aws-load-balancer-nlb-target-type`;

const error = (what: string, why: string, next: string): Finding => ({ level: 'error', what, why, next });
const warning = (what: string, why: string, next: string): Finding => ({ level: 'warning', what, why, next });

/** The flags that decide whose a Service is. */
export type Claiming = Pick<ControllerFlags, 'loadBalancerClass' | 'defaultTargetType' | 'serviceTypeLoadBalancerOnly'>;

/** Whether the built-in controller takes the Service. */
export const isOurs = (service: Service, flags: Claiming = defaultFlags): boolean => isSupported({ ...service, metadata: { ...service.metadata, deletionTimestamp: undefined as never } }, flags);

/** In words: whose the Service is. */
export const ownerOf = (service: Service, flags: Claiming = defaultFlags): string => {
  const { loadBalancerClass, type } = service.spec;
  const annotated = service.metadata.annotations?.[typeKey];
  if (isOurs(service, flags)) return `AWS Load Balancer Controller (${loadBalancerClass ? `class ${loadBalancerClass}` : `type ${annotated}`})`;
  if (loadBalancerClass) return `whoever serves the class ${loadBalancerClass}`;
  return type === 'LoadBalancer' ? 'nobody' : `nobody; a Service of type ${type ?? 'ClusterIP'} asks for no load balancer`;
};

/** The type of a Service that there is should not be changed: whoever made its load balancer would leave it behind. */
const madeAnew = (service: Service): string =>
  `Put it into the manifest, and make the Service anew, for the type of an existing one should not be changed: ${annotatedAnew(service, { [typeKey]: 'external', [targetTypeKey]: 'ip' })}.`;

const unowned = (service: Service, flags: Claiming): Finding => {
  const { spec: { loadBalancerClass, type }, metadata } = service;
  const annotated = metadata.annotations?.[typeKey];
  if (loadBalancerClass) {
    return error(`no controller here serves the class ${loadBalancerClass}`, `The AWS Load Balancer Controller serves ${flags.loadBalancerClass} and leaves other classes alone. A class cannot be changed.`,
      `Make the Service anew with its class: ${patchedAnew(service, { spec: { loadBalancerClass: flags.loadBalancerClass } })}. Or start the controller of that class.`);
  }
  if (annotated === 'external') {
    const target = metadata.annotations?.[targetTypeKey];
    return error('the target type is missing', target === undefined ? `The type is external, but ${targetTypeKey} is not set.` : `${targetTypeKey} is "${target}"; only ip and instance are target types.`,
      `Set it to ip or instance: ${annotate(service, { [targetTypeKey]: 'ip' })}.`);
  }
  if (annotated !== undefined) {
    return error(`no controller serves the type "${annotated}"`, `${typeKey} must be exactly "external" (or "nlb-ip"); "nlb" belongs to the old in-tree provider, which is not here.`, `Set it to "external". ${madeAnew(service)}`);
  }
  if (type !== 'LoadBalancer') {
    return error('the Service does not ask for a load balancer', `Its type is ${type ?? 'ClusterIP'}.`,
      `Set spec.type to LoadBalancer and the annotations of a network load balancer: ${patch(service, { metadata: { annotations: { [typeKey]: 'external', [targetTypeKey]: 'ip' } }, spec: { type: 'LoadBalancer' } })}.`);
  }
  return error('no controller owns the Service', `It has neither the annotation ${typeKey} nor a spec.loadBalancerClass, so it stays Pending.`,
    `Set ${typeKey} to "external" and ${targetTypeKey} to ip. ${madeAnew(service)}`);
};

const known = Object.keys(annotationTable);

const misspelt = (service: Service, key: string, value: string): Finding => {
  const name = key.slice(prefix.length);
  const meant = nearest(name, [...known, ...Object.values(families)]);
  return warning(`annotation ${key} is not known and has no effect`, 'No annotation of the controller has this name.',
    meant ? `Did you mean ${prefix}${meant}? ${annotate(service, { [prefix + meant]: value, [key]: null })}` : 'Take it out, or look its name up in the list of annotations of the README.');
};

const misplaced = (service: Service, key: string, value: string, at: number): Finding =>
  warning(`annotation ${key} is not known and has no effect`, `Annotations of a Service begin with ${prefix}.`,
    `Write it as ${prefix}${key.slice(at)}: ${annotate(service, { [prefix + key.slice(at)]: value, [key]: null })}.`);

const valueFinding = (key: string, value: string, takeOut: string): Finding | undefined => {
  const variable = /\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/.exec(value);
  if (variable) return error(`annotation ${key} contains ${variable[0]} literally`, 'The variable was not substituted: envsubst (or the shell) was skipped, or the variable was not exported.', `Set it with \`export ${variable[1]}=VALUE\`, and apply the manifest through envsubst again: \`envsubst < MANIFEST.yaml | kubectl apply -f -\`.`);
  if (value.trim() === '' || value === 'null') return warning(`annotation ${key} has no value`, 'An annotation without a value (null in the manifest) restricts and sets nothing.', `Give it a value or take it out${takeOut}.`);
  return undefined;
};

const annotationFinding = (service: Service, [key, value]: [string, string | null]): Finding | undefined => {
  const at = key.indexOf('aws-load-balancer-');
  if (!key.startsWith(prefix)) return at >= 0 && !key.startsWith('kubectl.') ? misplaced(service, key, value ?? '', at) : undefined;
  const name = key.slice(prefix.length);
  const isKnown = known.includes(name) || Object.values(families).some((start) => name.startsWith(start));
  return isKnown ? valueFinding(key, value ?? '', `: ${annotate(service, { [key]: null })}`) : misspelt(service, key, value ?? '');
};

const rangeFindings = ({ spec }: Service): Finding[] =>
  (spec.loadBalancerSourceRanges ?? []).flatMap((range: string | null) => {
    const found = valueFinding('spec.loadBalancerSourceRanges', range ?? '', '');
    return found ? [{ ...found, what: found.what.replace('annotation ', '') }] : [];
  });

/** Ownership first: without an owner nothing else matters. */
export const diagnoseClaim = ({ service, controller, flags = defaultFlags }: Facts): Finding[] => {
  if (!service) return [];
  const annotations = Object.entries(service.metadata.annotations ?? {}).flatMap((entry) => annotationFinding(service, entry) ?? []);
  const values = [...annotations, ...rangeFindings(service)];
  if (!isOurs(service, flags)) return [unowned(service, flags), ...values];
  if (controller !== 'none') return values;
  const idle = warning('nlbox runs no controller', 'It was started with --controller none, so that another controller can be used.', 'See that your controller runs and watches this cluster, or start nlbox without --controller none.');
  return [idle, ...values];
};
