// The seam between the API server's store and the controllers that live inside tinykube.

export type ObjectMeta = {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean }[];
  managedFields?: unknown[];
};

/** Any stored object. `spec`, `status` and the rest are read with the kind's own type. */
export type KubeObject = { apiVersion: string; kind: string; metadata: ObjectMeta; [field: string]: unknown };

/** An object on its way in: the server fills what is missing. */
export type NewObject = { apiVersion: string; kind: string; metadata: Partial<ObjectMeta>; [field: string]: unknown };

/** `plural` for the core group, `plural.group` otherwise: `pods`, `deployments.apps`, `endpointslices.discovery.k8s.io`. */
export type ResourceKey = string;

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject };

/**
 * The API server seen from inside: the same rules (defaults, validation, allocation, finalizers, generation, optimistic
 * locks) as over HTTP, synchronous in memory, written to disk before HTTP answers. Throws StatusError (status.ts).
 * Objects returned are shared and frozen by convention: copy (structuredClone) before changing.
 */
export type Api = {
  get(resource: ResourceKey, namespace: string | undefined, name: string): KubeObject | undefined;
  /** All objects, or those of one namespace; order: namespace, then name. */
  list(resource: ResourceKey, namespace?: string): KubeObject[];
  /** Those of a namespace that have all these labels, at a cost that does not grow with what there is besides. */
  labelled(resource: ResourceKey, namespace: string | undefined, labels: Readonly<Record<string, string>>): KubeObject[];
  /** Those whose owner references name the uid, and those that are bound to the node; as cheaply. */
  by(resource: ResourceKey, lookup: 'owner' | 'node', value: string): KubeObject[];
  /**
   * Where admission webhooks have to be asked about an object first, the answer is the object as it would be: it is among those
   * of `admitting` until it is stored, or `refused` is told why it is not.
   */
  create(resource: ResourceKey, object: NewObject, refused?: (error: unknown) => void): KubeObject;
  /** Objects that webhooks are being asked about. */
  admitting(resource: ResourceKey, namespace: string | undefined): KubeObject[];
  /** Replaces the object (a `resourceVersion` that is given must match). `status` writes only the status, none everything else. */
  update(resource: ResourceKey, object: KubeObject, subresource?: 'status'): KubeObject;
  /** Gives a pod its node. */
  bind(pod: KubeObject, nodeName: string): KubeObject;
  /** As DELETE over HTTP: honours finalizers, grace (pods) and propagation. Undefined when there was none. */
  delete(resource: ResourceKey, namespace: string | undefined, name: string, options?: { gracePeriodSeconds?: number; propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'; uid?: string }): KubeObject | undefined;
  /** Calls `fn` after each change, in order. Present objects are not replayed. */
  watch(resource: ResourceKey, fn: (event: WatchEvent) => void): () => void;
};

/** One controller of tinykube: started once with the API, stopped by the returned function. */
export type StartController = (api: Api) => { stop(): void | Promise<void> };
