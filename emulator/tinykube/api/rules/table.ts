// Which rule belongs to which resource.
import type { ResourceKey } from '../../types.js';
import { crdRule } from '../crd/rule.js';
import * as batch from './batch.js';
import * as others from './others.js';
import { podRule } from './pods.js';
import type { Rule } from './rule.js';
import { serviceRule } from './services.js';
import { mutatingWebhookRule, validatingWebhookRule } from './webhooks.js';
import * as workloads from './workloads.js';

const rules: Readonly<Record<ResourceKey, Rule>> = {
  pods: podRule,
  services: serviceRule,
  namespaces: others.namespaceRule,
  nodes: others.nodeRule,
  configmaps: others.configMapRule,
  secrets: others.secretRule,
  endpoints: others.endpointsRule,
  'endpointslices.discovery.k8s.io': others.endpointSliceRule,
  'ingresses.networking.k8s.io': others.ingressRule,
  'deployments.apps': workloads.deploymentRule,
  'replicasets.apps': workloads.replicaSetRule,
  'statefulsets.apps': workloads.statefulSetRule,
  'daemonsets.apps': workloads.daemonSetRule,
  'jobs.batch': batch.jobRule,
  'cronjobs.batch': batch.cronJobRule,
  'rolebindings.rbac.authorization.k8s.io': others.roleBindingRule,
  'clusterrolebindings.rbac.authorization.k8s.io': others.roleBindingRule,
  'poddisruptionbudgets.policy': others.pdbRule,
  'horizontalpodautoscalers.autoscaling': others.autoscalerRule,
  'storageclasses.storage.k8s.io': others.storageClassRule,
  'priorityclasses.scheduling.k8s.io': others.priorityClassRule,
  'customresourcedefinitions.apiextensions.k8s.io': crdRule,
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': mutatingWebhookRule,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': validatingWebhookRule,
};

export const ruleOf = (key: ResourceKey): Rule => rules[key] ?? {};
