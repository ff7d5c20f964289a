// The controller's admission webhooks: bindings completed and checked, readiness gates and QUIC server ids put into pods, and on request a class for new Services.
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Informer } from '../kube/informer.js';
import { pods, services as serviceResource, targetGroupBindings } from '../kube/resources.js';
import type { LabelSelector, Pod, Service, TargetGroupBinding } from '../kube/types.js';
import type { JsonPatch, Verdict, Webhook } from '../kube/webhooks.js';
import { checkCreate, checkUpdate } from './binding-checks.js';
import { completeSpec } from './binding-defaults.js';
import type { ControllerFlags } from './flags.js';
import { serverIdPatch } from './quic.js';
import { gateOf } from './readiness.js';
import { matchesSelector } from './selector.js';

/** Not the real controller's: its own configurations stay its own. */
export const webhookConfiguration = 'nlbox-aws-load-balancer-webhook';

export type AdmissionFacts = {
  elbv2: Elbv2Api;
  flags: ControllerFlags;
  services: Pick<Informer<Service>, 'get'>;
  /** Bindings of a namespace, and those of a target group. */
  bindingsIn: (namespace: string) => TargetGroupBinding[];
  boundTo: (targetGroupARN: string) => TargetGroupBinding[];
  nextServerId: () => Promise<string>;
};

const legacyGate = 'target-health.alb.ingress.k8s.aws';

/** The gates of the ip bindings whose Service selects the pod. */
export const gatesFor = (pod: Pod, namespace: string, { bindingsIn, services }: Pick<AdmissionFacts, 'bindingsIn' | 'services'>): string[] =>
  bindingsIn(namespace).filter(({ spec }) => {
    if (spec.targetType !== 'ip') return false;
    const selector = services.get(namespace, spec.serviceRef.name)?.spec.selector;
    return selector !== undefined && Object.keys(selector).length > 0 && matchesSelector({ matchLabels: selector }, pod.metadata.labels ?? {});
  }).map(gateOf).sort();

const injectGates = (pod: Pod, namespace: string, facts: AdmissionFacts): Verdict => {
  const before = pod.spec?.readinessGates ?? [];
  const kept = before.filter(({ conditionType }) => !conditionType.startsWith(legacyGate));
  const added = gatesFor(pod, namespace, facts).filter((gate) => !kept.some(({ conditionType }) => conditionType === gate));
  if (added.length === 0 && kept.length === before.length) return undefined;
  return { patch: [{ op: 'add', path: '/spec/readinessGates', value: [...kept, ...added.map((conditionType) => ({ conditionType }))] }] };
};

const classFor = ({ spec }: Service, { loadBalancerClass }: ControllerFlags): Verdict =>
  spec.type === 'LoadBalancer' && !spec.loadBalancerClass ? { patch: [{ op: 'add', path: '/spec/loadBalancerClass', value: loadBalancerClass }] } : undefined;

const complete = async ({ spec }: TargetGroupBinding, elbv2: Elbv2Api): Promise<Verdict> => {
  const wanted = await completeSpec(elbv2, spec);
  const patch: JsonPatch = wanted === spec ? [] : [{ op: 'replace', path: '/spec', value: wanted }];
  return { patch };
};

const selected = (label: string): LabelSelector => ({ matchExpressions: [{ key: label, operator: 'In', values: ['enabled'] }] });

const podWebhooks = (facts: AdmissionFacts): Webhook[] => {
  const { enablePodReadinessGateInject, quicEnvironmentVariableName } = facts.flags;
  const gates: Webhook = {
    name: 'mpod.elbv2.k8s.aws', sort: 'mutating', path: '/mutate-v1-pod', of: pods, operations: ['CREATE'], failurePolicy: 'Ignore',
    namespaceSelector: selected('elbv2.k8s.aws/pod-readiness-gate-inject'),
    review: ({ object, namespace = '' }) => injectGates(object as Pod, namespace, facts),
  };
  const serverId: Webhook = {
    name: 'quicid.elbv2.k8s.aws', sort: 'mutating', path: '/mutate-v1-pod-server-id', of: pods, operations: ['CREATE'], failurePolicy: 'Fail',
    namespaceSelector: selected('elbv2.k8s.aws/quic-server-id-inject'),
    review: async ({ object }) => ({ patch: await serverIdPatch(object as Pod, quicEnvironmentVariableName, facts.nextServerId) }),
  };
  return [...(enablePodReadinessGateInject ? [gates] : []), serverId];
};

const serviceWebhooks = ({ flags }: AdmissionFacts): Webhook[] => {
  const mutator: Webhook = {
    name: 'mservice.elbv2.k8s.aws', sort: 'mutating', path: '/mutate-v1-service', of: serviceResource, operations: ['CREATE'], failurePolicy: 'Fail',
    review: ({ object }) => classFor(object as Service, flags),
  };
  return flags.enableServiceMutatorWebhook ? [mutator] : [];
};

const bindingWebhooks = ({ elbv2, flags: { vpcId }, boundTo }: AdmissionFacts): Webhook[] => {
  const checks = { elbv2, vpcId, boundTo };
  const of = { of: targetGroupBindings, failurePolicy: 'Fail' as const };
  return [
    {
      ...of, name: 'mtargetgroupbinding.elbv2.k8s.aws', sort: 'mutating', path: '/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding', operations: ['CREATE'],
      review: ({ object }) => complete(object as TargetGroupBinding, elbv2),
    },
    {
      ...of, name: 'vtargetgroupbinding.elbv2.k8s.aws', sort: 'validating', path: '/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding', operations: ['CREATE', 'UPDATE'],
      review: async ({ operation, object, oldObject }) => {
        const now = object as TargetGroupBinding;
        if (operation === 'CREATE') await checkCreate(checks, now);
        else if (!now.metadata.deletionTimestamp) checkUpdate(checks, now, oldObject as TargetGroupBinding);
        return undefined;
      },
    },
  ];
};

/** As the real controller's chart registers them, save for the Service mutator, which has to be asked for. */
export const admissionWebhooks = (facts: AdmissionFacts): Webhook[] => [...podWebhooks(facts), ...serviceWebhooks(facts), ...bindingWebhooks(facts)];
