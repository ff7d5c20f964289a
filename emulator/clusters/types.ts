// The seam behind which a Kubernetes comes from.
import type { Dial, DialUdp, Route } from '../dataplane/types.js';
import type { ServiceName } from './corefile.js';

/** A running cluster. `close` stops it and keeps its state in the state directory. */
export type Cluster = {
  kind: 'embedded' | 'kind' | 'kubeconfig';
  /** Path of a kubeconfig whose current context is this cluster. */
  kubeconfig: string;
  server: string;
  /** The PEM text of the authority that signed the server's certificate, and the version it serves: what EKS tells of a cluster. */
  certificateAuthority: string;
  version: string;
  /** Reaches nodes and pods by the addresses that Kubernetes reports for them. */
  dial: Dial;
  /** Where packets for those addresses go, for an engine that does not dial. */
  route: Route;
  /** Takes datagrams where packets do not get; not there where packets get everywhere. */
  dialUdp?: DialUdp;
  /** What no datagram reaches. */
  withoutDatagrams?: readonly ('nodes' | 'pods')[];
  /** What is reachable and how, one line each, for `status`. */
  describe(): string[];
  /** Connections that entered through a NodePort, where the cluster can count them. */
  nodePortConnections(): Record<string, number>;
  /** Tells the cluster's own DNS which names lead to which Services; only where it has to be told. */
  setNames?(names: readonly ServiceName[]): void;
  close(): Promise<void>;
};
