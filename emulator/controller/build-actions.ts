// The annotation `actions.<protocol>-<port>`: one forward action over several target groups. Pure.
import { families, prefix } from './annotations.js';
import type { Subject } from './facts.js';
import { messageOf } from '../errors.js';
import type { IntOrString, Service, ServicePort } from '../kube/types.js';

export type Tuple = { targetGroupARN?: string; serviceName?: string; servicePort?: IntOrString; weight?: number; decrypt?: boolean };
export type ForwardAction = { baseServiceWeight?: number; tuples: Tuple[]; stickiness: boolean };

type Raw = { type?: string; forwardConfig?: { baseServiceWeight?: number; targetGroups?: Tuple[]; targetGroupStickinessConfig?: { enabled?: boolean } } };

const nameOf = (protocol: string, port: number): string => `${families.actions}${protocol}-${port}`;

const invalid = (what: string): Error => new Error(`invalid ForwardConfig: ${what}`);

const isWeight = (value: number | undefined): boolean => value === undefined || (Number.isInteger(value) && value >= 0 && value <= 999);

const checkTuple = ({ targetGroupARN, serviceName, servicePort, weight }: Tuple): void => {
  if ((targetGroupARN !== undefined) === (serviceName !== undefined)) throw invalid('invalid TargetGroupTuple: precisely one of targetGroupARN and serviceName can be specified');
  if (serviceName !== undefined && servicePort === undefined) throw invalid('invalid TargetGroupTuple: missing servicePort');
  if (!isWeight(weight)) throw invalid('invalid TargetGroupTuple: target group weight must be between 0 and 999');
};

const parse = (text: string, key: string): Raw => {
  try {
    return JSON.parse(text) as Raw;
  } catch (error) {
    throw new Error(`failed to parse json annotation, ${key}: ${text}: ${messageOf(error)}`, { cause: error });
  }
};

/** Undefined when the listener has no such annotation. Throws with the text that the event shows. */
export const forwardAction = ({ service }: Pick<Subject, 'service'>, protocol: string, port: number): ForwardAction | undefined => {
  const key = prefix + nameOf(protocol, port);
  const text = service.metadata.annotations?.[key];
  if (text === undefined) return undefined;
  const { type, forwardConfig } = parse(text, key);
  if (type !== 'forward') throw new Error(`unknown action type: ${type ?? ''}`);
  // The real controller crashes on this, and the crash becomes the error of the pass.
  if (!forwardConfig) throw new Error('runtime error: invalid memory address or nil pointer dereference');
  const { baseServiceWeight, targetGroups: tuples = [], targetGroupStickinessConfig } = forwardConfig;
  tuples.forEach(checkTuple);
  if (!isWeight(baseServiceWeight)) throw invalid('invalid TargetGroupTuple: target group weight must be between 0 and 999');
  if (tuples.length > 0 && (baseServiceWeight === undefined || tuples.some(({ weight }) => weight === undefined))) {
    throw invalid('weight must be set when routing to multiple target groups');
  }
  return { ...(baseServiceWeight === undefined ? {} : { baseServiceWeight }), tuples, stickiness: targetGroupStickinessConfig?.enabled ?? false };
};

/** The other Services that the annotations name, before anything is checked. */
export const namedBackends = ({ service }: Pick<Subject, 'service'>): string[] => {
  const texts = Object.entries(service.metadata.annotations ?? {}).filter(([key]) => key.startsWith(prefix + families.actions)).map(([, text]) => text);
  const names = texts.flatMap((text) => {
    try {
      return ((JSON.parse(text) as Raw).forwardConfig?.targetGroups ?? []).flatMap(({ serviceName }) => serviceName ?? []);
    } catch {
      return [];
    }
  });
  return [...new Set(names)];
};

/** The Service and the port that a tuple names. */
export const backendOf = (backends: Readonly<Record<string, Service>>, { serviceName = '', servicePort = 0 }: Tuple, namespace: string): { service: Service; port: ServicePort } => {
  const service = backends[serviceName];
  if (!service) throw new Error(`Service "${serviceName}" not found`);
  const port = service.spec.ports?.find((one) => one.port === servicePort || one.name === servicePort);
  if (!port) throw new Error(`unable to find port ${servicePort} on service ${namespace}/${serviceName}`);
  return { service, port };
};
