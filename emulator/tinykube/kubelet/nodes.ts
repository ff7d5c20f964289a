// The nodes of the embedded cluster, as EKS would have made them; pure.
import { createHash } from 'node:crypto';
import type { NewObject } from '../types.js';
import type { Condition, Node } from '../controllers/kinds.js';
import { project } from './addresses.js';

/** One node: what Kubernetes calls it and where it listens. */
export type NodePlan = {
  name: string;
  zone: string;
  region: string;
  /** In the VPC, as Kubernetes reports it. */
  address: string;
  /** The loopback address that stands for it. */
  listen: string;
  /** The third octet of its subnet, which its pods' addresses are from too. */
  subnet: number;
  instanceId: string;
};

const zones = ['a', 'b', 'c'] as const;
// The private subnets of the workshop's VPC: 10.42.96.0/19, 10.42.128.0/19, 10.42.160.0/19.
const subnets = [96, 128, 160] as const;
// Addresses that a DHCP might have given; the fourth node and its followers are found from these.
const hosts = [[4, 116], [21, 233], [15, 59]] as const;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const planNode = (index: number, options: { loopback: number; region: string }): NodePlan => {
  const at = index % zones.length;
  const round = Math.floor(index / zones.length);
  const [third, fourth] = hosts[at] ?? hosts[0];
  const subnet = subnets[at] ?? subnets[0];
  const address = `10.42.${subnet + ((third + round) % 32)}.${1 + ((fourth + 37 * round) % 250)}`;
  const name = `ip-${address.replaceAll('.', '-')}.${options.region}.compute.internal`;
  const instanceId = `i-0${digest(name).slice(0, 16)}`;
  return { name, zone: `${options.region}${zones[at] ?? 'a'}`, region: options.region, address, listen: project(options.loopback, address), subnet, instanceId };
};

/** The plan of so many nodes, spread over three zones; the same in every run. */
export const planNodes = (options: { count: number; loopback: number; region: string }): NodePlan[] =>
  Array.from({ length: options.count }, (_, index) => planNode(index, options));

/** Set on a Node to `true` by `nlbox node stop`: its machine is switched off. */
export const stoppedAnnotation = 'nlbox.dev/stopped';

/** The plan behind a Node object; undefined for one that is not a machine of this VPC. */
export const planOf = (node: Node, loopback: number): NodePlan | undefined => {
  const { name } = node.metadata;
  const [, third, fourth, region] = /^ip-10-42-(\d+)-(\d+)\.(.+)\.compute\.internal$/.exec(name) ?? [];
  if (third === undefined || fourth === undefined || region === undefined) return undefined;
  const subnet = [...subnets].reverse().find((start) => start <= Number(third)) ?? subnets[0];
  const address = `10.42.${third}.${fourth}`;
  const zone = `${region}${zones[subnets.indexOf(subnet)] ?? 'a'}`;
  const instanceId = node.spec.providerID?.split('/').at(-1) ?? `i-0${digest(name).slice(0, 16)}`;
  return { name, zone, region, address, listen: project(loopback, address), subnet, instanceId };
};

const labelsOf = (plan: NodePlan): Record<string, string> => ({
  'beta.kubernetes.io/arch': 'amd64',
  'beta.kubernetes.io/instance-type': 'm5.large',
  'beta.kubernetes.io/os': 'linux',
  'eks.amazonaws.com/capacityType': 'ON_DEMAND',
  'eks.amazonaws.com/nodegroup': 'default',
  'failure-domain.beta.kubernetes.io/region': plan.region,
  'failure-domain.beta.kubernetes.io/zone': plan.zone,
  'k8s.io/cloud-provider-aws': digest(plan.region).slice(0, 32),
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/hostname': plan.name,
  'kubernetes.io/os': 'linux',
  'node.kubernetes.io/instance-type': 'm5.large',
  'topology.kubernetes.io/region': plan.region,
  'topology.kubernetes.io/zone': plan.zone,
  'workshop-default': 'yes',
});

const condition = (type: string, status: Condition['status'], reason: string, message: string, now: string): Condition =>
  ({ type, status, lastHeartbeatTime: now, lastTransitionTime: now, reason, message });

const statusOf = (plan: NodePlan, now: string, pods: string): object => ({
  addresses: [
    { type: 'InternalIP', address: plan.address },
    { type: 'InternalDNS', address: plan.name },
    { type: 'Hostname', address: plan.name },
  ],
  // What an m5.large offers on EKS: two processors, 8 GiB less the kernel's, 29 pod addresses.
  capacity: { cpu: '2', 'ephemeral-storage': '20893676Ki', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory: '7934396Ki', pods },
  allocatable: { cpu: '1930m', 'ephemeral-storage': '18181869946', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory: '7244220Ki', pods },
  conditions: [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available', now),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure', now),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available', now),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status', now),
  ],
  daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  nodeInfo: {
    architecture: 'amd64',
    bootID: digest(`${plan.name} boot`).slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    containerRuntimeVersion: 'containerd://1.7.27',
    kernelVersion: '6.12.46-66.121.amzn2023.x86_64',
    kubeProxyVersion: 'v1.33.5',
    kubeletVersion: 'v1.33.5',
    machineID: digest(`${plan.name} machine`).slice(0, 32),
    operatingSystem: 'linux',
    osImage: 'Amazon Linux 2023.9.20250929',
    systemUUID: digest(`${plan.name} system`).slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  },
});

/** The Node object to register. */
export const nodeObject = (plan: NodePlan, now: string, podsPerNode = 29): NewObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: plan.name, labels: labelsOf(plan) },
  spec: { providerID: `aws:///${plan.zone}/${plan.instanceId}` },
  status: statusOf(plan, now, String(podsPerNode)),
});
