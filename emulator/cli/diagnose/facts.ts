// What a diagnosis is made from: everything that public APIs say about one Service at one moment. Types only.
import type { Listener, LoadBalancer, TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { EndpointSlice, Pod, Service, TargetGroupBinding } from '../../kube/types.js';
import type { LoadBalancerInfo } from '../../main.js';
import type { Claiming } from './claim.js';
import type { Refusal } from './refusals.js';

export type EventFact = { at: string; type: string; reason: string; message: string; count: number; about: string };

export type GroupFacts = { group: TargetGroup; targets: TargetHealthDescription[] };

export type NameFacts = {
  host: string;
  /** What the resolver of this machine says; empty when it knows no such name. */
  addresses: string[];
  mode: 'hosts' | 'proxy';
  /** Whether the caller's shell goes through the forward proxy. */
  proxied: boolean;
};

export type Facts = {
  namespace: string;
  name: string;
  /** Undefined: there is no such Service. */
  service: Service | undefined;
  /** Names of the namespace's Services, for a name that is nearly right. */
  neighbours: string[];
  /** `built-in`, or `none` when somebody else's controller is expected. */
  controller: string;
  /** Those of the controller's flags that decide whose a Service is; its defaults unless given. */
  flags?: Claiming;
  /** Newest last. */
  events: EventFact[];
  slices: EndpointSlice[];
  /** Those that the selector chooses. */
  pods: Pod[];
  bindings: TargetGroupBinding[];
  loadBalancer: LoadBalancer | undefined;
  listeners: Listener[];
  groups: GroupFacts[];
  /** What the data plane saw of the load balancer. */
  observed: LoadBalancerInfo | undefined;
  dns: NameFacts | undefined;
  /** Connections of late that it turned away. */
  refusals: Refusal[];
  /** The address that the load balancer sees when the caller connects. */
  caller: string;
};

export type Level = 'error' | 'warning' | 'wait' | 'ok';

/** `what` is wrong, `why` that is, and the `next` step to take. */
export type Finding = { level: Level; what: string; why: string; next: string };
