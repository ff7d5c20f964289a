// What an image of the embedded cluster is: something that opens a container's ports inside this process.
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Clock } from '../../clock.js';
import type { Guard } from './guard.js';

/** What a container knows of itself. Addresses are those that Kubernetes reports, except `listen`. */
export type ContainerContext = {
  namespace: string;
  pod: string;
  container: string;
  image: string;
  node: string;
  zone: string;
  podIP: string;
  /** The loopback address that stands for the pod's. */
  listen: string;
  /** Where a port of the pod is to be opened on `listen`. */
  podPort(port: number): number;
  /** The container's TCP ports; empty: the image's own. */
  ports: readonly number[];
  /** The container's UDP ports; empty: the image's own. */
  udpPorts: readonly number[];
  /** In place of the image's entry point; empty: the image's own. */
  command: readonly string[];
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** What commands of the pod find in their environment besides their own variables: the way to names of the cluster. */
  surroundings(): Readonly<Record<string, string>>;
  /** Whether it keeps its standard input open for those who attach, and has a terminal. */
  stdin: boolean;
  tty: boolean;
  /** A connection from the pod to what it names, as the cluster's DNS knows it; undefined for an unknown name. */
  connect(host: string, port: number): Socket | undefined;
  /** Ends the container's processes with nlbox. */
  guard: Guard;
  /** A directory of the pod's own, made when first asked for. */
  directory(): string;
  clock: Clock;
  /** An address as Kubernetes would report it, for one that a socket shows. */
  unproject(address: string): string;
  log(line: string): void;
};

/** What a client that attaches to a container joins. */
export type Console = {
  /** Undefined: it reads nothing. */
  stdin: Writable | undefined;
  /** Calls `fn` with what is written from now on, as it comes. Returns how to leave. */
  follow(fn: (chunk: Buffer, stream: 'stdout' | 'stderr') => void): () => void;
};

/** A container that runs. Its ports are open. */
export type RunningContainer = {
  /** Its exit code, when it ends; undefined for one that only ends when it is told to. */
  exited?: Promise<number>;
  /** Missing: its log is all that it shows. */
  console?: Console;
  /** As SIGTERM: takes no new connection, lets requests in flight end, closes idle connections; resolves when all is over. */
  stop(): Promise<void>;
  /** As SIGKILL: cuts everything now. */
  kill(): void;
};

export type Image = {
  /** The last part of the image's name, as it is looked up. */
  name: string;
  /** Opens the ports. Rejects with the system's error when one cannot be had; then none is left open. */
  start(context: ContainerContext): Promise<RunningContainer>;
};
