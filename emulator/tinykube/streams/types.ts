// What the streaming subresources need of the nodes: a command in a container, a connection to a pod's port.
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

export type ExecRequest = {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  stdin: boolean;
  tty: boolean;
};

/** How a command ended: its exit code, or why it never ran. */
export type ExecEnd = { exitCode: number } | { problem: string };

export type ExecSession = {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  ended: Promise<ExecEnd>;
  /** The client went away. */
  kill(): void;
};

export type ExecHook = (request: ExecRequest) => ExecSession;

/** Connects to a port of a pod as the pod itself would, on its loopback. */
export type DialHook = (request: { namespace: string; pod: string; port: number }) => Socket;
