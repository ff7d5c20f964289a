// The data plane's own words: pools of targets, listeners, and what it observed. No AWS, no Kubernetes.
import type { Socket as UdpSocket } from 'node:dgram';
import type { OnReadOpts, Socket } from 'node:net';
import type { Enough } from './enough.js';

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
  /** The probe says LOCAL in PROXY protocol v2 first. */
  proxyProtocol?: boolean;
};

export type Target = {
  /** Unique in its pool and stable over plans. */
  id: string;
  host: string;
  port: number;
  /** By which QUIC datagrams name it: 16 hexadecimal digits. */
  serverId?: string;
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
  /** How long flows of an unhealthy target go on before they are reset, where they are not at once (ms); undefined: for good. */
  unhealthyDrain?: number;
  /** Healthy targets that keep a zone in DNS, and that let unhealthy ones rest; undefined: one. Per zone while cross-zone is off. */
  enough?: { dns: Enough; routing: Enough };
  /** Send the client's address on when the engine can. */
  preserveClientAddress: boolean;
  /** undefined: as the listener says. */
  crossZone?: boolean;
  /** Targets are told of the client by a PROXY protocol v2 header before its first byte. */
  proxyProtocol?: boolean;
  /** Where a TLS listener speaks TLS to the targets too. */
  tls?: boolean;
};

/** Who may connect: clients of `cidr`, where the listener's port is in the range. */
export type AllowRule = { cidr: string; fromPort: number; toPort: number; protocol: 'tcp' | 'udp' | 'all' };

/** What a TLS listener presents. PEM texts; the first certificate is for names that no other covers. */
export type TlsTerms = {
  certificates: { cert: string; key: string }[];
  /** In order of preference; empty: none is negotiated. */
  alpn: string[];
  minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  maxVersion: 'TLSv1.2' | 'TLSv1.3';
  ciphers?: string;
};

export type Transport = 'tcp' | 'udp';

export type Listener = {
  id: string;
  protocol: 'tcp' | 'udp' | 'tcp_udp' | 'tls';
  port: number;
  /** One address per zone; traffic to an address prefers targets of its zone unless crossZone. */
  addresses: { zone: string; address: string }[];
  /**
   * An address that stands for the load balancer's name where no DNS answer can rotate (a hosts file): each
   * connection goes on as if it had come in at one of the zones that DNS would give.
   */
  front?: string;
  /** How often a client that is in a zone enters there by the front, while DNS has that zone: 0 to 1; undefined: as it comes. */
  zoneAffinity?: number;
  crossZone: boolean;
  pools: { id: string; weight: number }[];
  /** ms without a byte after which a flow is forgotten; a UDP flow never lives longer than 120 s so. */
  idleTimeout: number;
  /** undefined: everybody may connect. */
  allow?: AllowRule[];
  /** For protocol `tls`. */
  tls?: TlsTerms;
};

/** Clients of these addresses are in a zone; where ranges overlap, the first counts. */
export type ZoneRange = { cidr: string; zone: string };

export type DataplanePlan = { pools: Pool[]; listeners: Listener[]; clientZones?: readonly ZoneRange[] };

/** One thing before and after; undefined where there is none. */
export type Change<T> = { before: T | undefined; after: T | undefined };

/** From one plan to the next: what is not the same object. */
export type PlanChanges = { listeners: readonly Change<Listener>[]; pools: readonly Change<Pool>[] };

export type ProbeResult = { at: number; ok: boolean; saw: string };

export type TargetHealth = {
  status: 'unknown' | 'healthy' | 'unhealthy';
  /** When the status last changed. */
  since: number;
  /** Newest last, at most 20. */
  history: readonly ProbeResult[];
  /** The registration that was observed, by its `probeFrom`. */
  probeFrom?: number;
};

/** What the data plane observed. `revision` grows with each change of a status. */
export type HealthView = {
  of(poolId: string, targetId: string): TargetHealth | undefined;
  revision(): number;
  onChange(fn: (poolId: string, targetId: string) => void): () => void;
};

/**
/**
 * Opens a connection to a target. `from` is the local address wanted, `onread` takes what comes in place of `data` events; both
 * may be ignored where they cannot be had. With `sure` the socket's `connect` means that the target took it, where something on
 * the way takes connections before it.
 */
export type Dial = (to: { host: string; port: number }, options?: { from?: string; onread?: OnReadOpts; sure?: boolean }) => Socket;

/** Opens a UDP socket that is connected to a target, or soon will be. */
export type DialUdp = (to: { host: string; port: number }, options: { from?: string }) => UdpSocket;

/** Where packets for a target go on this machine; undefined when no packet gets there, and only a dialler does. */
export type Route = (to: { host: string; port: number }) => { host: string; port: number } | undefined;

export type FlowCounters = {
  newFlows: number;
  activeFlows: number;
  bytesIn: number;
  bytesOut: number;
  clientResets: number;
  targetResets: number;
  /** RST that the balancer sent on its own account: idle, deregistered, unhealthy. */
  balancerResets?: number;
  /** No target, or one that did not accept. */
  refused: number;
  /** Turned away by the source ranges. */
  denied?: number;
  clientTlsErrors?: number;
  targetTlsErrors?: number;
  /** New flows that fail-open sent. */
  failOpen?: number;
  /** Flows that ended for want of a local port or address to dial from. */
  portErrors?: number;
  /** Datagrams with a QUIC server id that names no target. */
  strangeIds?: number;
  /** In both directions; where the engine sees packets. */
  packets?: number;
};

/** How one flow came, went and ended. Times in ms since the epoch. */
export type FlowTrace = {
  at: number;
  listenerId: string;
  transport: Transport;
  client: string;
  node: string;
  zone: string;
  target?: string;
  /** Why this target, or why none. */
  why: string;
  bytesIn: number;
  bytesOut: number;
  /** Missing while the flow lives. */
  ended?: { at: number; how: string };
};

/** Where a listener really listens: `port` differs from `wanted` when that one needs privileges or is taken. */
export type Bound = { listenerId: string; zone: string; transport?: Transport; address: string; wanted: number; port: number; problem?: string };

export type Dataplane = {
  /**
   * Makes the listeners and pools as planned, without closing any that stays. Resolves when the ports are open (or said why not).
   * `changes`: all that differs from the plan before, so that nobody has to look for it.
   */
  apply(plan: DataplanePlan, changes?: PlanChanges): Promise<void>;
  health: HealthView;
  /** The zones of these listeners, and whether health would keep each in DNS. */
  zones(listenerIds: readonly string[]): { zone: string; healthy: boolean }[];
  bound(): Bound[];
  /** `zones` by `<listener id>|<zone>|<transport>`. */
  counters(): { listeners: Record<string, FlowCounters>; zones: Record<string, FlowCounters>; targets: Record<string, FlowCounters> };
  /** The newest flows and refusals, oldest first. */
  trace(): FlowTrace[];
  /** Brings `counters` and `trace` up to date where they are kept outside this process. */
  refresh(): Promise<void>;
  /** What went wrong while running and is not as it should be, one sentence each. */
  problems(): string[];
  /** What targets of a pool see of the client, in words; undefined for a pool that is not planned. */
  clientAddress(poolId: string): string | undefined;
  /** How connections are carried, why so, and what targets see of the client: one line each. */
  engines(): string[];
  close(): Promise<void>;
};
