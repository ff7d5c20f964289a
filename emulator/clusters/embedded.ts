// The embedded Kubernetes as a cluster: no Docker, no root, everything on loopback.
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { Log } from '../log.js';
import { startTinykube, type Outside } from '../tinykube/tinykube.js';
import { loopbackDial, loopbackRoute } from './loopback.js';
import type { Cluster } from './types.js';

/** An EKS-like context name, so that prompts and scripts look as they do on AWS. */
const contextName = (config: Config): string => `arn:aws:eks:${config.region}:${config.account}:cluster/${config.clusterName}`;

export type EmbeddedOptions = { acceptsToken?: ((token: string) => boolean) | undefined; outside?: Outside | undefined; clock: Clock; log: Log };

export const startEmbedded = async (config: Config, { acceptsToken, outside, clock, log }: EmbeddedOptions): Promise<Cluster> => {
  const kube = await startTinykube({
    stateDir: config.stateDir,
    port: config.kubePort,
    host: config.host,
    anyPort: true,
    clusterName: config.clusterName,
    contextName: contextName(config),
    region: config.region,
    loopback: config.loopback,
    lowestPort: config.lowestPort,
    podsPerNode: config.podsPerNode,
    acceptsToken,
    outside,
    clock,
    log,
  });
  return {
    kind: 'embedded',
    kubeconfig: kube.kubeconfig,
    server: kube.server,
    certificateAuthority: kube.ca,
    version: kube.version,
    dial: loopbackDial(config.loopback, config.lowestPort, kube.landing),
    route: loopbackRoute(config.loopback, config.lowestPort),
    describe: () => [
      `embedded Kubernetes at ${kube.server}`,
      `VPC addresses 10.42.0.0/16 are reached as 127.${config.loopback}.0.0/16`,
    ],
    nodePortConnections: kube.nodePortConnections,
    close: kube.close,
  };
};
