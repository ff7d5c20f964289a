// Pods and pod templates: the defaults of the API, what admission adds to a bare pod, validation.
import { forbiddenField, invalidValue, required, unsupported, type Cause } from '../../status.js';
import { at, child, defaults, equal, fields, items, text, without, type Fields } from '../json.js';
import { checkAccount, mountToken } from './accounts.js';
import { checkLabelName } from './names.js';
import type { Rule, RuleContext } from './rule.js';

const pullPolicy = (image: string): string => {
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (name.includes('@')) return 'IfNotPresent';
  const tag = name.split(':')[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
};

const probeDefaults = (probe: Fields): void => {
  defaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (probe.initialDelaySeconds === 0) delete probe.initialDelaySeconds;
  if (probe.httpGet !== undefined) defaults(fields(probe.httpGet), { path: '/', scheme: 'HTTP' });
  if (probe.grpc !== undefined) defaults(fields(probe.grpc), { service: '' });
};

const containerDefaults = (container: Fields): void => {
  defaults(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(text(container.image)),
    resources: {},
  });
  for (const port of items(container.ports)) defaults(port, { protocol: 'TCP' });
  for (const variable of items(container.env)) {
    const reference = at(variable, 'valueFrom', 'fieldRef');
    if (reference !== undefined) defaults(fields(reference), { apiVersion: 'v1' });
    if (variable.value === '') delete variable.value;
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) if (container[name] !== undefined) probeDefaults(fields(container[name]));
};

/** Of pods only: a limit without a request is the request too. */
const requestDefaults = (container: Fields): void => {
  const resources = fields(container.resources);
  if (resources.limits !== undefined) resources.requests = { ...fields(resources.limits), ...fields(resources.requests) };
};

const volumeDefaults = (volume: Fields): void => {
  if (Object.keys(volume).length === 1) volume.emptyDir = {};
  for (const source of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    if (volume[source] !== undefined) defaults(fields(volume[source]), { defaultMode: 420 });
  }
};

/** Defaults of a PodSpec, wherever it stands. */
export const podSpecDefaults = (spec: Fields): void => {
  defaults(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (spec.serviceAccountName !== undefined) spec.serviceAccount ??= spec.serviceAccountName;
  if (spec.serviceAccount !== undefined) spec.serviceAccountName ??= spec.serviceAccount;
  for (const container of [...items(spec.containers), ...items(spec.initContainers)]) containerDefaults(container);
  for (const volume of items(spec.volumes)) volumeDefaults(volume);
};

const checkContainer = (container: Fields, field: string): Cause[] => {
  const causes: Cause[] = [];
  if (text(container.name) === '') causes.push(required(`${field}.name`));
  else causes.push(...checkLabelName(`${field}.name`, text(container.name)));
  if (text(container.image) === '') causes.push(required(`${field}.image`));
  items(container.ports).forEach((port, index) => {
    if (port.containerPort === undefined) causes.push(required(`${field}.ports[${index}].containerPort`));
    else if (Number(port.containerPort) < 1 || Number(port.containerPort) > 65535) causes.push(invalidValue(`${field}.ports[${index}].containerPort`, port.containerPort, 'must be between 1 and 65535, inclusive'));
  });
  const policies = ['Always', 'IfNotPresent', 'Never'];
  if (!policies.includes(text(container.imagePullPolicy))) causes.push(unsupported(`${field}.imagePullPolicy`, container.imagePullPolicy, policies));
  return causes;
};

/** Complaints about a PodSpec at `field`. */
export const checkPodSpec = (spec: Fields, field: string): Cause[] => {
  const containers = items(spec.containers);
  if (containers.length === 0) return [required(`${field}.containers`)];
  const causes = containers.flatMap((container, index) => checkContainer(container, `${field}.containers[${index}]`));
  const policies = ['Always', 'OnFailure', 'Never'];
  if (!policies.includes(text(spec.restartPolicy))) causes.push(unsupported(`${field}.restartPolicy`, spec.restartPolicy, policies));
  return causes;
};

const noExecute = (condition: string): Fields => ({ effect: 'NoExecute', key: `node.kubernetes.io/${condition}`, operator: 'Exists', tolerationSeconds: 300 });

const qosClass = (spec: Fields): string => {
  const resources = [...items(spec.containers), ...items(spec.initContainers)].map((container) => fields(container.resources));
  if (resources.every((each) => each.limits === undefined && each.requests === undefined)) return 'BestEffort';
  const whole = resources.every((each) => at(each, 'limits', 'cpu') !== undefined && at(each, 'limits', 'memory') !== undefined && equal(without(fields(each.requests), 'ephemeral-storage'), without(fields(each.limits), 'ephemeral-storage')));
  return whole ? 'Guaranteed' : 'Burstable';
};

/** What admission adds to a pod and to no template. */
const admit = (pod: Fields, context: RuleContext): void => {
  const spec = child(pod, 'spec');
  defaults(spec, { enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0, serviceAccountName: 'default' });
  spec.serviceAccount ??= spec.serviceAccountName;
  checkAccount(pod, context);
  const tolerations = items(spec.tolerations);
  const wanted = ['not-ready', 'unreachable'].map(noExecute).filter((one) => !tolerations.some((each) => each.key === one.key || (each.key === undefined && each.operator === 'Exists')));
  spec.tolerations = [...tolerations, ...wanted];
  mountToken(spec);
  pod.status = { phase: 'Pending', qosClass: qosClass(spec) };
};

const bare = (container: Fields): Fields => without(container, 'image', 'resources');

const fixed = (spec: Fields): Fields => ({
  ...without(spec, 'activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'schedulingGates', 'nodeName', 'ephemeralContainers'),
  containers: items(spec.containers).map(bare),
  initContainers: items(spec.initContainers).map(bare),
});

const immutable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

const checkPodUpdate = (pod: Fields, old: Fields): Cause[] => {
  const [spec, before] = [fields(pod.spec), fields(old.spec)];
  const moved = before.nodeName !== undefined && before.nodeName !== spec.nodeName;
  return moved || !equal(fixed(spec), fixed(before)) ? [forbiddenField('spec', immutable)] : [];
};

export const podRule: Rule = {
  defaults: (draft) => {
    const spec = child(draft, 'spec');
    podSpecDefaults(spec);
    for (const container of [...items(spec.containers), ...items(spec.initContainers)]) requestDefaults(container);
  },
  create: admit,
  validate: (draft, old) => [...checkPodSpec(fields(draft.spec), 'spec'), ...(old ? checkPodUpdate(draft, old) : [])],
};
