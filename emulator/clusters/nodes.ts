// What `kubectl get nodes -o json` says that matters for reaching nodes and pods: pure.

export type NodeFact = { name: string; address: string; podCidrs: string[]; /** Takes load balancer traffic and has no provider id of EC2's. */ foreign: boolean; /** Of its kubelet, as in v1.33.1. */ version: string };

type NodeJson = {
  metadata: { name: string; labels?: Record<string, string> };
  spec?: { providerID?: string; podCIDR?: string; podCIDRs?: string[] };
  status?: { nodeInfo?: { kubeletVersion?: string }; addresses?: { type: string; address: string }[] };
};

// kubeadm puts it on control planes that have workers beside them.
const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';

const isIPv4 = (text: string): boolean => text.includes('.');

export const nodesIn = (json: string): NodeFact[] =>
  (JSON.parse(json) as { items: NodeJson[] }).items.flatMap(({ metadata, spec, status }) => {
    const address = status?.addresses?.find((one) => one.type === 'InternalIP' && isIPv4(one.address))?.address;
    const podCidrs = (spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR])).filter(isIPv4);
    return address === undefined ? [] : [{ name: metadata.name, address, podCidrs, foreign: !spec?.providerID?.startsWith('aws://') && !(excluded in (metadata.labels ?? {})), version: status?.nodeInfo?.kubeletVersion ?? '' }];
  });

export type Route = { cidr: string; via: string };

/** One route per node: its pods are behind its address on the docker network. */
export const routesTo = (nodes: readonly NodeFact[]): Route[] => nodes.flatMap(({ address, podCidrs }) => podCidrs.map((cidr) => ({ cidr, via: address })));

/** Routes there must be no doubt about: none may replace what `ip -json route` shows for the same destination. */
export const routesInTheWay = (routes: readonly Route[], existing: readonly { dst?: string; gateway?: string }[]): Route[] =>
  routes.filter(({ cidr, via }) => existing.some(({ dst, gateway }) => dst === cidr && gateway !== via));
