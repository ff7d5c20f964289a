// What a run is told: defaults, then the environment, then flags. The only file that reads process.env for settings.
import os from 'node:os';
import path from 'node:path';
import { UserError } from './errors.js';
import { lowestPort } from './ports.js';

/** How AWS's slow things are timed. All figures in milliseconds; factors scale what the API says. */
export type TimingProfile = {
  name: 'instant' | 'fast' | 'aws';
  /** A new load balancer is `provisioning` for this long. */
  provisioning: number;
  /** A new target is `initial` / `Elb.RegistrationInProgress` for this long, and not probed. */
  registration: number;
  /** Multiplies health check intervals (and never below 20 ms). */
  intervalFactor: number;
  /** Multiplies the deregistration delay. */
  drainFactor: number;
  /** Passes that a target which was never healthy needs; undefined: the group's own threshold. */
  firstPasses: number | undefined;
};

export const timingProfiles = {
  instant: { name: 'instant', provisioning: 0, registration: 0, intervalFactor: 0.02, drainFactor: 0, firstPasses: 1 },
  fast: { name: 'fast', provisioning: 1500, registration: 4000, intervalFactor: 0.1, drainFactor: 0.05, firstPasses: undefined },
  aws: { name: 'aws', provisioning: 120_000, registration: 90_000, intervalFactor: 1, drainFactor: 1, firstPasses: undefined },
} as const satisfies Record<string, TimingProfile>;

export type Config = {
  /** Where state, kubeconfig, logs and the lock live. */
  stateDir: string;
  /** The AWS door; 0 picks a free port. */
  port: number;
  /** Where the AWS door and the embedded Kubernetes API listen: 127.0.0.1, or 0.0.0.0 in a container whose ports are published. */
  host: string;
  /** A name besides localhost under which the door may be called, as other containers do. */
  publicHost: string | undefined;
  /** The embedded Kubernetes API; 0 picks a free port. */
  kubePort: number;
  /** Default region when a request carries none, and the region of the cluster's VPC. */
  region: string;
  account: string;
  clusterName: string;
  timing: TimingProfile;
  /**
   * The second octet N of the loopback block. The VPC 10.42.0.0/16 is projected on 127.N.0.0/16 and load
   * balancer nodes live in 127.(N+1).0.0/16.
   */
  loopback: number;
  /** The lowest port that this process may open; pods' ports below it listen elsewhere on the pod's address. */
  lowestPort: number;
  /** Pods that a node of the embedded cluster takes; undefined: as many as its instance type does on EKS. */
  podsPerNode: number | undefined;
  /** How AWS names reach load balancers: `auto` writes the hosts file when it may. */
  names: 'auto' | 'hosts' | 'proxy';
  hostsFile: string;
  /** The DNS responder's port on 127.0.0.1, UDP and TCP; 0: none. */
  dnsPort: number;
  cluster: 'embedded' | 'kind' | 'kubeconfig' | 'none';
  /** The kind cluster to make or adopt; undefined: one of our own, named as `clusterName`. */
  kindName: string | undefined;
  /** The kubeconfig context of `--cluster kubeconfig`; undefined: the current one. */
  context: string | undefined;
  controller: 'built-in' | 'none';
  /** Flags of the real controller, by their names, that the built-in one is to run with. */
  controllerFlags: Record<string, string>;
  /** What carries connections: sockets of this process, the kernel (Linux, nftables), or the kernel where it can. */
  engine: 'auto' | 'user' | 'kernel';
  /** Overrides of account limits by their DescribeAccountLimits name. */
  quotas: Record<string, number>;
  /** AWS requests over HTTP beyond so many per second are refused as throttled; undefined: none are. */
  throttle: number | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
};

const xdgState = (env: NodeJS.ProcessEnv): string =>
  path.join(env['XDG_STATE_HOME'] || path.join(env['HOME'] || os.homedir(), '.local', 'state'), 'nlbox');

const engines = ['auto', 'user', 'kernel'] as const;

const engineOf = (word: string): Config['engine'] => {
  const engine = engines.find((one) => one === word);
  if (engine) return engine;
  throw new UserError(`NLBOX_ENGINE is \`${word}\``, { hint: 'It may be auto, user or kernel.' });
};

export const defaultConfig = (env: NodeJS.ProcessEnv = process.env): Config => ({
  stateDir: env['NLBOX_STATE_DIR'] || xdgState(env),
  port: Number(env['NLBOX_PORT'] || 4566),
  host: env['NLBOX_HOST'] || '127.0.0.1',
  publicHost: env['NLBOX_PUBLIC_HOST'] || undefined,
  kubePort: Number(env['NLBOX_KUBE_PORT'] || 6443),
  region: env['NLBOX_REGION'] || 'us-west-2',
  account: env['NLBOX_ACCOUNT'] || '000000000000',
  clusterName: env['EKS_CLUSTER_NAME'] || 'eks-workshop',
  timing: timingProfiles.fast,
  loopback: Number(env['NLBOX_LOOPBACK'] || 42),
  lowestPort: Number(env['NLBOX_LOWEST_PORT']) || lowestPort(),
  podsPerNode: undefined,
  names: 'auto',
  hostsFile: env['NLBOX_HOSTS_FILE'] || '/etc/hosts',
  dnsPort: Number(env['NLBOX_DNS_PORT'] || 0),
  cluster: 'embedded',
  kindName: undefined,
  context: undefined,
  controller: 'built-in',
  controllerFlags: {},
  engine: engineOf(env['NLBOX_ENGINE'] || 'user'),
  quotas: {},
  throttle: undefined,
  logLevel: env['DEBUG'] ? 'debug' : 'info',
});
