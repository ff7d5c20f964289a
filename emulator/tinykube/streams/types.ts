// What the streaming subresources need of the nodes: a command in a container, a connection to a pod's port.
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

export type AttachRequest = {
  namespace: string;
  pod: string;
  container: string;
  stdin: boolean;
  tty: boolean;
};

export type ExecRequest = AttachRequest & { command: readonly string[] };

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

/** Joins a container that runs; its session ends with it. */
export type AttachHook = (request: AttachRequest) => ExecSession;

export type ExecHook = (request: ExecRequest) => ExecSession;

/** Connects to a port of a pod as the pod itself would, on its loopback. */
export type DialHook = (request: { namespace: string; pod: string; port: number }) => Socket;
