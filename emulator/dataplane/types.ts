// The data plane's own words: pools of targets, listeners, and what it observed. No AWS, no Kubernetes.
import type { Socket } from 'node:net';

/** What a probe does and when it counts. Times in ms, already scaled by the timing profile. */
export type HealthCheck = {
  protocol: 'tcp' | 'http' | 'https';
  port: number;
  path?: string;
  /** Accepted HTTP status codes as in `200`, `200,202`, `200-399`. */
  matcher?: string;
  interval: number;
  timeout: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** Passes in a row for a target that was never healthy. */
  firstPasses: number;
};

export type Target = {
  /** Unique in its pool and stable over plans. */
  id: string;
  host: string;
  port: number;
  /** The target's zone; `all` is used from every zone. */
  zone: string;
  healthCheck: HealthCheck;
  /** No probe before this moment (ms since the epoch); Infinity: never, and its health counts as known. */
  probeFrom: number;
  /** `open` takes new flows when healthy; `draining` keeps its flows only; `closed` has lost the right to any. */
  admission: 'open' | 'draining';
  /** When a draining target is over (ms since the epoch), and whether its flows are then cut. */
  drainEnd?: number;
  cutAtDrainEnd?: boolean;
};

export type Pool = {
  id: string;
  targets: Target[];
  stickiness: 'none' | 'source_ip';
  /** Reset flows of a target that turns unhealthy. */
  cutUnhealthy: boolean;
  /** Send the client's address on when the engine can. */
  preserveClientAddress: boolean;
  /** undefined: as the listener says. */
  crossZone?: boolean;
};

export type Listener = {
  id: string;
  protocol: 'tcp';
  port: number;
  /** One address per zone; traffic to an address prefers targets of its zone unless crossZone. */
  addresses: { zone: string; address: string }[];
  /**
   * An address that stands for the load balancer's name where no DNS answer can rotate (a hosts file): each
   * connection goes on as if it had come in at one of the zones that DNS would give.
   */
  front?: string;
  crossZone: boolean;
  pools: { id: string; weight: number }[];
  /** ms without a byte after which a flow is forgotten. */
  idleTimeout: number;
};

export type DataplanePlan = { pools: Pool[]; listeners: Listener[] };

export type ProbeResult = { at: number; ok: boolean; saw: string };

export type TargetHealth = {
  status: 'unknown' | 'healthy' | 'unhealthy';
  /** When the status last changed. */
  since: number;
  /** Newest last, at most 20. */
  history: readonly ProbeResult[];
};

/** What the data plane observed. `revision` grows with each change of a status. */
export type HealthView = {
  of(poolId: string, targetId: string): TargetHealth | undefined;
  revision(): number;
  onChange(fn: (poolId: string, targetId: string) => void): () => void;
};

/** Opens a connection to a target. `from` is the local address wanted; it may be ignored where it cannot be had. */
export type Dial = (to: { host: string; port: number }, options?: { from?: string }) => Socket;

export type FlowCounters = { newFlows: number; activeFlows: number; bytesIn: number; bytesOut: number; clientResets: number; targetResets: number; refused: number };

/** Where a listener really listens: `port` differs from `wanted` when that one needs privileges or is taken. */
export type Bound = { listenerId: string; zone: string; address: string; wanted: number; port: number; problem?: string };

export type Dataplane = {
  /** Makes the listeners and pools as planned, without closing any that stays. Resolves when the ports are open (or said why not). */
  apply(plan: DataplanePlan): Promise<void>;
  health: HealthView;
  bound(): Bound[];
  counters(): { listeners: Record<string, FlowCounters>; targets: Record<string, FlowCounters> };
  close(): Promise<void>;
};
