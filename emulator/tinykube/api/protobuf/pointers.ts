// Which protobuf fields are pointers in Go: only those keep a zero or an empty message, all others are written even when unset.

const words = (line: string): ReadonlySet<string> => new Set(line.split(/\s+/));

/** Scalars whose zero was meant. */
export const keptWhenZero = words(`
  replicas revisionHistoryLimit progressDeadlineSeconds terminationGracePeriodSeconds activeDeadlineSeconds
  automountServiceAccountToken shareProcessNamespace priority enableServiceLinks setHostnameAsFQDN hostUsers
  privileged runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation fsGroup
  tolerationSeconds defaultMode mode optional immutable controller blockOwnerDeletion
  allocateLoadBalancerNodePorts deletionGracePeriodSeconds gracePeriodSeconds orphanDependents
  parallelism completions backoffLimit manualSelector ttlSecondsAfterFinished suspend successfulJobsHistoryLimit failedJobsHistoryLimit
  ready serving terminating leaseDurationSeconds leaseTransitions expirationSeconds minReplicas storageClassName
  bool int32 int64`);

/** Messages whose presence alone says something. */
export const keptWhenEmpty = words(`
  emptyDir securityContext selector podSelector namespaceSelector objectSelector scopeSelector
  labelSelector rollingUpdate capabilities seccompProfile affinity`);
