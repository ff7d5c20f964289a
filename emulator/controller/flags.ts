// The controller's flags and feature gates that change what a Service becomes, with the real controller's defaults.

export type ControllerFlags = {
  clusterName: string;
  vpcId: string;
  region: string;
  loadBalancerClass: string;
  defaultTargetType: 'instance' | 'ip';
  defaultScheme: 'internal' | 'internet-facing';
  defaultSslPolicy: string;
  defaultTags: Record<string, string>;
  externalManagedTags: string[];
  enableBackendSecurityGroup: boolean;
  /** An existing group instead of the automatic one. */
  backendSecurityGroup: string | undefined;
  enableManageBackendSecurityGroupRules: boolean;
  disableRestrictedSgRules: boolean;
  /** Tags that mark the group of a target's interface where it has several, besides the cluster's own. */
  serviceTargetEniSecurityGroupTags: Record<string, string>;
  serviceTypeLoadBalancerOnly: boolean;
  enableTcpUdpListener: boolean;
  endpointsFailOpen: boolean;
  /** Targets that a group is filled to; 0: as many as there are. */
  maxTargetsPerTargetGroup: number;
  enablePodReadinessGateInject: boolean;
  /** The variable of a container that holds its QUIC server id. */
  quicEnvironmentVariableName: string;
  /** On, every new Service of type LoadBalancer without a class becomes the controller's, as with the Helm chart's default. */
  enableServiceMutatorWebhook: boolean;
};

export const defaultFlags = {
  loadBalancerClass: 'service.k8s.aws/nlb',
  defaultTargetType: 'instance',
  defaultScheme: 'internal',
  defaultSslPolicy: 'ELBSecurityPolicy-2016-08',
  defaultTags: {},
  externalManagedTags: [],
  enableBackendSecurityGroup: true,
  backendSecurityGroup: undefined,
  enableManageBackendSecurityGroupRules: false,
  disableRestrictedSgRules: false,
  serviceTargetEniSecurityGroupTags: {},
  serviceTypeLoadBalancerOnly: false,
  enableTcpUdpListener: false,
  endpointsFailOpen: true,
  maxTargetsPerTargetGroup: 0,
  enablePodReadinessGateInject: true,
  quicEnvironmentVariableName: 'AWS_LBC_QUIC_SERVER_ID',
  enableServiceMutatorWebhook: false,
} as const satisfies Omit<ControllerFlags, 'clusterName' | 'vpcId' | 'region'>;

/** Lengths of the waits inside a pass, in ms. */
export type Waits = {
  bindingDeletion: number;
  bindingObserved: number;
  deleteTargetGroup: { every: number; limit: number };
  deleteSecurityGroup: { every: number; limit: number };
  deleteBackendSecurityGroup: { every: number; limit: number };
  listenerCertificates: { every: number; limit: number };
  /** A load balancer that is still provisioning is looked at again after this. */
  stabilization: number;
  bindingRequeue: number;
  /** After rules on targets could not be set. */
  networkingRequeue: number;
};

export const defaultWaits: Waits = {
  bindingDeletion: 60_000,
  bindingObserved: 60_000,
  deleteTargetGroup: { every: 2_000, limit: 20_000 },
  deleteSecurityGroup: { every: 2_000, limit: 10_000 },
  deleteBackendSecurityGroup: { every: 2_000, limit: 120_000 },
  listenerCertificates: { every: 2_000, limit: 20_000 },
  stabilization: 120_000,
  bindingRequeue: 15_000,
  networkingRequeue: 15_000,
};
