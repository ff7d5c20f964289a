// The options of `nlbox up`, and the configuration that they make.
import { defaultConfig, timingProfiles, type Config } from '../config.js';
import { readFlags } from '../controller/flags-given.js';
import { messageOf, UserError } from '../errors.js';
import { stateDirOf, type StateOptions } from './run-file.js';

export type UpOptions = StateOptions & {
  detach?: boolean;
  port?: number;
  kubePort?: number;
  region?: string;
  clusterName?: string;
  timing?: Config['timing']['name'];
  names?: Config['names'];
  dnsPort?: number;
  cluster?: Config['cluster'];
  name?: string;
  context?: string;
  controller?: Config['controller'];
  controllerFlag?: Record<string, string>;
  engine?: Config['engine'];
  loopback?: number;
  podsPerNode?: number;
  quota?: Record<string, number>;
  throttle?: number;
  keep?: boolean;
};

/** What the controller would refuse later is refused before anything starts. */
const checkedFlags = (given: Record<string, string>): Record<string, string> => {
  try {
    readFlags(given);
    return given;
  } catch (error) {
    throw new UserError(`--controller-flag: ${messageOf(error)}`, { hint: 'They are the flags of the AWS Load Balancer Controller that change what becomes of a Service.', cause: error });
  }
};

/** What was not asked for is as the environment and the defaults have it. */
export const configOf = (options: UpOptions): Config => {
  const base = defaultConfig();
  return {
    ...base,
    stateDir: stateDirOf(options),
    port: options.port ?? base.port,
    kubePort: options.kubePort ?? base.kubePort,
    region: options.region ?? base.region,
    clusterName: options.clusterName ?? base.clusterName,
    timing: timingProfiles[options.timing ?? 'fast'],
    names: options.names ?? base.names,
    dnsPort: options.dnsPort ?? base.dnsPort,
    cluster: options.cluster ?? base.cluster,
    kindName: options.name,
    context: options.context,
    controller: options.controller ?? base.controller,
    controllerFlags: checkedFlags(options.controllerFlag ?? {}),
    engine: options.engine ?? base.engine,
    loopback: options.loopback ?? base.loopback,
    podsPerNode: options.podsPerNode ?? base.podsPerNode,
    quotas: options.quota ?? {},
    throttle: options.throttle,
  };
};
