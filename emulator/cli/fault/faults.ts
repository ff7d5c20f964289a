// The faults for instructors: what each breaks, how it is undone, and the hint for a learner. Decides only; others run kubectl. Pure.
import { UserError } from '../../errors.js';

export const faultNames = ['break-probe', 'kill-pod', 'stop-node', 'wrong-cidr', 'no-controller', 'wrong-port'] as const;
export type FaultName = (typeof faultNames)[number];

/** As much of a Service and of its pods as the faults look at. */
export type Victim = {
  metadata: { namespace: string; name: string; annotations?: Readonly<Record<string, string>> };
  spec: {
    loadBalancerClass?: string;
    loadBalancerSourceRanges?: readonly string[];
    ports?: readonly { port: number; targetPort?: number | string }[];
  };
};
export type VictimPod = { metadata: { name: string }; spec: { nodeName?: string } };

/** Arguments of kubectl, one command after the other. */
export type Commands = readonly (readonly string[])[];

export type FaultPlan = { inject: Commands; undo: Commands };

type Fault = {
  /** What it does, for the instructor. */
  summary: string;
  /** Where to look, for the learner; never the answer. */
  hint: string;
  plan(service: Victim, pods: readonly VictimPod[], embedded: boolean): FaultPlan;
};

const prefix = 'service.beta.kubernetes.io/';

const at = ({ metadata }: Victim): string[] => ['service', metadata.name, '-n', metadata.namespace];

const annotate = (service: Victim, wrong: Readonly<Record<string, string>>): FaultPlan => {
  const before = service.metadata.annotations ?? {};
  const restored = Object.keys(wrong).map((name) => (before[prefix + name] === undefined ? `${prefix}${name}-` : `${prefix}${name}=${before[prefix + name]}`));
  return {
    inject: [['annotate', ...at(service), '--overwrite', ...Object.entries(wrong).map(([name, value]) => `${prefix}${name}=${value}`)]],
    undo: [['annotate', ...at(service), '--overwrite', ...restored]],
  };
};

const patch = (service: Victim, path: string, wrong: unknown, before: unknown): FaultPlan => {
  const command = (value: unknown): string[] => ['patch', ...at(service), '--type=json', '-p', JSON.stringify([{ op: 'replace', path, value }])];
  return { inject: [command(wrong)], undo: [command(before)] };
};

const firstPod = (service: Victim, pods: readonly VictimPod[]): VictimPod => {
  const [pod] = pods;
  if (pod) return pod;
  throw new UserError(`the Service ${service.metadata.namespace}/${service.metadata.name} has no pods`);
};

const remove = (service: Victim, pods: readonly VictimPod[]): string[] =>
  ['delete', 'pod', '-n', service.metadata.namespace, '--wait=false', ...pods.map(({ metadata }) => metadata.name)];

// What `nlbox node stop` writes; the machines of the embedded cluster read it.
const switchedOff = 'nlbox.dev/stopped';

// Of another cluster no machine is ours to stop: it is drained of the Service as for an exchange, and its other guests stay.
// The controller takes a node with the taint of the cluster autoscaler out of its target groups.
const drain = (node: string, service: Victim, pods: readonly VictimPod[]): FaultPlan => {
  const leaving = 'ToBeDeletedByClusterAutoscaler';
  return {
    inject: [['cordon', node], ['taint', 'node', node, `${leaving}=fault:NoSchedule`, '--overwrite'], remove(service, pods.filter(({ spec }) => spec.nodeName === node))],
    undo: [['taint', 'node', node, `${leaving}-`], ['uncordon', node]],
  };
};

const stopNode = (service: Victim, pods: readonly VictimPod[], embedded: boolean): FaultPlan => {
  const node = firstPod(service, pods).spec.nodeName;
  if (node === undefined) throw new UserError('the first pod of the Service has no node yet');
  if (!embedded) return drain(node, service, pods);
  return { inject: [['annotate', 'node', node, '--overwrite', `${switchedOff}=true`]], undo: [['annotate', 'node', node, `${switchedOff}-`]] };
};

const wrongRange = '192.0.2.0/24';

// The field, where a Service has it, counts before the annotation.
const wrongCidr = (service: Victim): FaultPlan => {
  const own = service.spec.loadBalancerSourceRanges ?? [];
  return own.length > 0 ? patch(service, '/spec/loadBalancerSourceRanges', [wrongRange], own) : annotate(service, { 'load-balancer-source-ranges': wrongRange });
};

const wrongPort = (service: Victim): FaultPlan => {
  const [port] = service.spec.ports ?? [];
  if (!port) throw new UserError('the Service has no ports');
  return patch(service, '/spec/ports/0/targetPort', 8089, port.targetPort ?? port.port);
};

const noController = (service: Victim): FaultPlan => {
  if (service.spec.loadBalancerClass === undefined) return annotate(service, { 'aws-load-balancer-type': 'nlb' });
  throw new UserError('the Service names its controller by spec.loadBalancerClass, which Kubernetes does not let anyone change');
};

export const faults: Readonly<Record<FaultName, Fault>> = {
  'break-probe': {
    summary: 'the health check asks for a page that the application does not have',
    hint: 'The pods are Ready and answer inside the cluster, and yet the load balancer trusts none of them. What exactly does its health check ask for? Compare `aws elbv2 describe-target-groups` with what the application serves.',
    plan: (service) => annotate(service, { 'aws-load-balancer-healthcheck-protocol': 'http', 'aws-load-balancer-healthcheck-path': '/no-such-page' }),
  },
  'kill-pod': {
    summary: 'a pod of the Service is deleted; its Deployment replaces it',
    hint: 'Nothing is broken for good. Watch the targets while it happens: `aws elbv2 describe-target-health` shows one that is draining and one that is initial. Who made the new pod, and who registered it?',
    plan: (service, pods) => ({ inject: [remove(service, [firstPod(service, pods)])], undo: [] }),
  },
  'stop-node': {
    summary: 'the machine of the first pod is switched off; of a cluster that is not the embedded one it is drained of the Service and marked as about to be deleted',
    hint: 'Count the targets, and compare their ids with the nodes: `kubectl get nodes` and `kubectl describe node` say which one is special, and why. Where do its pods go, and when?',
    plan: stopNode,
  },
  'wrong-cidr': {
    summary: 'only an address range that is nobody may connect',
    hint: 'All targets are healthy, and still a connection gets no answer at all, not even a refusal. Who may knock at this door? Look at the annotations of the Service and at the inbound rules of the load balancer\'s security groups.',
    plan: wrongCidr,
  },
  'no-controller': {
    summary: 'the Service is annotated so that no controller feels responsible for it',
    hint: 'The Service is of type LoadBalancer and does nothing. Whose is it? Look at the annotation aws-load-balancer-type, and at which values the AWS Load Balancer Controller reacts.',
    plan: noController,
  },
  'wrong-port': {
    summary: 'the Service forwards to a port on which the pods do not listen',
    hint: 'The pods are Ready, and yet nobody gets an answer. On which port does the container listen, and to which one does the Service send? `kubectl describe service` and `kubectl get pod -o yaml` know.',
    plan: wrongPort,
  },
};
