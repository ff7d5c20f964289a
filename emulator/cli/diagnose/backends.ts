// Ports, selector, endpoints and pods: whether there is anything behind the Service. Pure.
import type { Condition, Pod, Service, ServicePort } from '../../kube/types.js';
import type { Facts, Finding } from './facts.js';
import { nearest } from './nearest.js';
import { patch } from './remedy.js';

const error = (what: string, why: string, next: string): Finding => ({ level: 'error', what, why, next });

type ContainerStatus = { name: string; ready?: boolean; state?: { waiting?: { reason?: string; message?: string } } };
type StatusOfPod = { phase?: string; conditions?: Condition[]; containerStatuses?: ContainerStatus[] };

const statusOf = (pod: Pod): StatusOfPod => (pod.status ?? {}) as StatusOfPod;
export const isReady = (pod: Pod): boolean => statusOf(pod).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const containerPorts = (pods: readonly Pod[]): { name?: string; containerPort: number }[] =>
  pods.flatMap(({ spec }) => (spec?.containers ?? []).flatMap(({ ports }) => ports ?? []));

/** A named target port that no container has: the slices then carry no port and nothing is registered. */
const portFinding = (service: Service, { port, targetPort }: ServicePort, pods: readonly Pod[]): Finding | undefined => {
  if (typeof targetPort !== 'string' || pods.length === 0) return undefined;
  const names = [...new Set(containerPorts(pods).flatMap(({ name }) => name ?? []))];
  if (names.includes(targetPort)) return undefined;
  const meant = nearest(targetPort, names);
  return error(`port ${port} leads to the port name "${targetPort}", which no container has`, names.length > 0 ? `The containers have ${names.map((name) => `"${name}"`).join(', ')}.` : 'The containers give their ports no names.',
    meant ? `Set targetPort to "${meant}": ${patch(service, { spec: { ports: (service.spec.ports ?? []).map((one) => (one.port === port && one.targetPort === targetPort ? { ...one, targetPort: meant } : one)) } })}.` : names.length > 0 ? `Set targetPort to one of those names, or to a number.` : 'Give the container port that name, or set targetPort to a number.');
};

const selectorFinding = ({ metadata, spec }: Service, pods: readonly Pod[]): Finding | undefined => {
  const selector = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`).join(',');
  if (selector === '') return { level: 'warning', what: 'the Service selects no pods', why: 'It has no spec.selector, so its EndpointSlices have to be made by hand.', next: 'Set spec.selector to the labels of the pods.' };
  if (pods.length > 0) return undefined;
  return error('no endpoints: the selector matches no pod', `No pod of the namespace ${metadata.namespace} has the labels ${selector}.`,
    `Compare with \`kubectl get pods -n ${metadata.namespace} --show-labels\`, then correct the selector or start the pods.`);
};

/** Why one pod is not ready, in its own words. */
const reasonOf = (pod: Pod): string => {
  const { phase, conditions = [], containerStatuses = [] } = statusOf(pod);
  const waiting = containerStatuses.find(({ state }) => state?.waiting)?.state?.waiting;
  if (waiting) return `${waiting.reason ?? 'waiting'}${waiting.message ? `: ${waiting.message}` : ''}`;
  const gate = (pod.spec?.readinessGates ?? []).find(({ conditionType }) => !conditions.some(({ type, status }) => type === conditionType && status === 'True'));
  const contained = conditions.some(({ type, status }) => type === 'ContainersReady' && status === 'True');
  if (gate && contained) {
    const told = conditions.find(({ type }) => type === gate.conditionType);
    return `its readiness gate ${gate.conditionType} is not open${told?.reason ? ` (${told.reason})` : ''}`;
  }
  if (conditions.some(({ type, status }) => type === 'PodScheduled' && status === 'False')) return conditions.find(({ type }) => type === 'PodScheduled')?.message ?? 'not scheduled';
  if (pod.metadata.deletionTimestamp) return 'it is being deleted';
  return phase === 'Running' ? 'its containers run, but a readiness probe does not pass' : `its phase is ${phase ?? 'unknown'}`;
};

const podFindings = ({ pods, namespace }: Facts): Finding[] => {
  const sick = pods.filter((pod) => !isReady(pod));
  if (sick.length === 0) return [];
  const [first] = sick;
  return [{
    level: sick.length === pods.length ? 'error' : 'warning',
    what: `${sick.length} of ${pods.length} pods ${sick.length === 1 ? 'is' : 'are'} not ready`,
    why: sick.slice(0, 3).map((pod) => `${pod.metadata.name}: ${reasonOf(pod)}`).join('; '),
    next: `See \`kubectl describe pod -n ${namespace} ${first?.metadata.name}\` and \`kubectl logs -n ${namespace} ${first?.metadata.name} --all-containers\`.`,
  }];
};

/** What would keep the target groups empty. */
export const diagnoseBackends = (facts: Facts): Finding[] => {
  const { service, pods, slices } = facts;
  if (!service) return [];
  const ports = (service.spec.ports ?? []).flatMap((port) => portFinding(service, port, pods) ?? []);
  const selector = selectorFinding(service, pods);
  const found = [...ports, ...(selector ? [selector] : []), ...podFindings(facts)];
  if (found.length > 0 || slices.some(({ endpoints }) => (endpoints ?? []).length > 0)) return found;
  return [{ level: 'warning', what: 'no endpoints yet', why: 'Pods match, but no EndpointSlice of the Service names one.', next: `See \`kubectl get endpointslices -n ${facts.namespace} -l kubernetes.io/service-name=${facts.name}\`.` }];
};
