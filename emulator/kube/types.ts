// The Kubernetes objects that the controller reads, as JSON carries them (times are strings). Only the fields that are used.

export type OwnerReference = { apiVersion: string; kind: string; name: string; uid: string };
export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
};
export type KubeObject = { apiVersion?: string; kind?: string; metadata: ObjectMeta };

export type IntOrString = number | string;
export type Condition = { type: string; status: 'True' | 'False' | 'Unknown'; reason?: string; message?: string; lastTransitionTime?: string };

export type ServicePort = { name?: string; protocol?: string; port: number; targetPort?: IntOrString; nodePort?: number };
export type LoadBalancerIngress = { hostname?: string; ip?: string; ports?: { port: number; protocol: string }[] };
export type Service = KubeObject & {
  spec: {
    type?: string;
    loadBalancerClass?: string;
    loadBalancerSourceRanges?: string[];
    allocateLoadBalancerNodePorts?: boolean;
    externalTrafficPolicy?: string;
    healthCheckNodePort?: number;
    ipFamilies?: string[];
    ports?: ServicePort[];
    selector?: Record<string, string>;
  };
  status?: { loadBalancer?: { ingress?: LoadBalancerIngress[] } };
};

export type Node = KubeObject & {
  spec?: { providerID?: string; podCIDR?: string; podCIDRs?: string[]; unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] };
  status?: { conditions?: Condition[]; addresses?: { type: string; address: string }[] };
};

export type Pod = KubeObject & {
  spec?: { nodeName?: string; readinessGates?: { conditionType: string }[]; containers?: { name: string; ports?: { name?: string; containerPort: number }[]; env?: { name: string; value?: string }[] }[] };
  status?: { podIP?: string; conditions?: Condition[] };
};

export type Endpoint = {
  addresses: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
  nodeName?: string;
  zone?: string;
};
export type EndpointSlice = KubeObject & {
  addressType: string;
  endpoints?: Endpoint[] | null;
  ports?: { name?: string; port?: number; protocol?: string }[] | null;
};

export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
};

export type NetworkingPeer = { ipBlock: { cidr: string } } | { securityGroup: { groupID: string } };
export type NetworkingRule = { from: NetworkingPeer[]; ports: { protocol: 'TCP' | 'UDP'; port?: IntOrString }[] };
export type TargetGroupBindingSpec = {
  targetGroupARN?: string;
  targetGroupName?: string;
  targetType?: 'instance' | 'ip';
  targetGroupProtocol?: string;
  ipAddressType?: 'ipv4' | 'ipv6';
  vpcID?: string;
  serviceRef: { name: string; port: IntOrString };
  networking?: { ingress: NetworkingRule[] };
  nodeSelector?: LabelSelector;
  multiClusterTargetGroup?: boolean;
  iamRoleArnToAssume?: string;
  assumeRoleExternalId?: string;
};
export type TargetGroupBinding = KubeObject & {
  spec: TargetGroupBindingSpec;
  status?: { observedGeneration?: number; conditions?: Condition[] };
};
