// The seam behind which a Kubernetes comes from.
import type { Dial } from '../dataplane/types.js';

export type Progress = (line: string) => void;

/** A running cluster. `close` stops it and keeps its state; `remove` also deletes what it made. */
export type Cluster = {
  /** Path of a kubeconfig whose current context is this cluster. */
  kubeconfig: string;
  server: string;
  /** Reaches nodes and pods by the addresses that Kubernetes reports for them. */
  dial: Dial;
  /** What is reachable, one line each, for `status`. */
  describe(): string[];
  close(): Promise<void>;
};
