// What `kind create cluster` is told, pure: a control plane and three workers that look like nodes of an EKS cluster.
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';

export type KindPlan = { name: string; region: string; clusterName: string; image?: string; /** Without the patch of a list of arguments: nodes may keep kind's own ids. */ plainIds?: boolean };

const zoneLetters = ['a', 'b', 'c'] as const;

/** The same id for the same worker, each time the cluster is made. */
export const workerId = (name: string, index: number): string =>
  `i-${createHash('sha256').update(`kind\n${name}\n${index}`).digest('hex').slice(0, 17)}`;

// The kubelet may set none but these of the labels under kubernetes.io on its own node (NodeRestriction).
const labelsOf = (region: string, zone: string): Record<string, string> => ({
  'topology.kubernetes.io/region': region,
  'topology.kubernetes.io/zone': zone,
  'node.kubernetes.io/instance-type': 'm5.large',
  'eks.amazonaws.com/capacityType': 'ON_DEMAND',
  'eks.amazonaws.com/nodegroup': 'default',
  'workshop-default': 'yes',
});

/**
 * kind writes `provider-id: kind://…` in the kubelet's arguments; a merge patch replaces it. The version is named because
 * kubeadm's v1beta4, which kind writes from Kubernetes 1.36 on, has the arguments as a list, which a merge patch would
 * replace whole.
 */
const providerPatch = (id: string, zone: string): string =>
  stringify({
    apiVersion: 'kubeadm.k8s.io/v1beta3',
    kind: 'JoinConfiguration',
    nodeRegistration: { kubeletExtraArgs: { 'provider-id': `aws:///${zone}/${id}` } },
  });

/** The same in the list: node-ip, provider-id, node-labels. The test keeps a kind with another order from a broken node. */
const listPatch = (id: string, zone: string): object => ({
  group: 'kubeadm.k8s.io',
  version: 'v1beta4',
  kind: 'JoinConfiguration',
  patch: stringify([
    { op: 'test', path: '/nodeRegistration/kubeletExtraArgs/1/name', value: 'provider-id' },
    { op: 'replace', path: '/nodeRegistration/kubeletExtraArgs/1/value', value: `aws:///${zone}/${id}` },
  ]),
});

const worker = ({ name, region, image, plainIds }: KindPlan, letter: string, index: number): object => {
  const zone = `${region}${letter}`;
  return {
    role: 'worker',
    ...(image === undefined ? {} : { image }),
    labels: labelsOf(region, zone),
    kubeadmConfigPatches: [providerPatch(workerId(name, index), zone)],
    ...(plainIds ? {} : { kubeadmConfigPatchesJSON6902: [listPatch(workerId(name, index), zone)] }),
  };
};

/** https://kind.sigs.k8s.io/docs/user/configuration/ */
export const kindConfig = (plan: KindPlan): string =>
  stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { podSubnet: '10.42.0.0/16', serviceSubnet: '172.20.0.0/16' },
    nodes: [{ role: 'control-plane', ...(plan.image === undefined ? {} : { image: plan.image }) }, ...zoneLetters.map((letter, index) => worker(plan, letter, index))],
  });

/** `kind v0.29.0 go1.24.2 linux/amd64` -> [0, 29]. */
export const kindVersion = (text: string): [number, number] | undefined => {
  const match = /\bv?(\d+)\.(\d+)\.\d+/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

/** Fields of the configuration that we use were all there in 0.20. */
export const isOldKind = ([major, minor]: readonly [number, number]): boolean => major === 0 && minor < 20;

/** The names that `kind get clusters` prints; without any it says so on standard error. */
export const clustersIn = (stdout: string): string[] => stdout.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.includes(' '));

/** What kind says when a patch's test finds another list than the one it was written for. */
export const isPatchRefused = (output: string): boolean => output.includes('failed to apply JSON 6902 patch');
