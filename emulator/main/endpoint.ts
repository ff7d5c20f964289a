// The AWS endpoint alone, in memory and without a port: for tests of programs that use the SDK. Nothing is carried, no cluster runs.
import { systemClock, type Clock } from '../clock.js';
import { defaultConfig, timingProfiles } from '../config.js';
import type { HealthView } from '../dataplane/types.js';
import { silentLog } from '../log.js';
import { createMemoryStore } from '../state/store.js';
import { createVpc, type Instance } from '../state/vpc.js';
import { createAws } from './aws.js';

export type EndpointOptions = {
  region?: string;
  account?: string;
  clusterName?: string;
  timing?: keyof typeof timingProfiles;
  /** Overrides of account limits by their DescribeAccountLimits name. */
  quotas?: Record<string, number>;
  /** What health checks find, since nothing is probed. */
  targets?: 'healthy' | 'unhealthy';
  /** EC2 instances that there are from the start. */
  instances?: readonly Instance[];
  clock?: Clock;
};

export type Endpoint = {
  answer: ReturnType<typeof createAws>['dispatch']['answer'];
  vpcId: string;
  subnetIds: string[];
  close(): Promise<void>;
};

const sameForAll = (status: 'healthy' | 'unhealthy'): HealthView => ({
  of: () => ({ status, since: 0, history: [] }),
  revision: () => 0,
  onChange: () => () => {},
});

/** An endpoint of its own for each call; `inProcessHandler` of the shim talks to it. */
export const createEndpoint = async (options: EndpointOptions = {}): Promise<Endpoint> => {
  const { timing = 'instant', targets = 'healthy', clock = systemClock, instances = [], ...rest } = options;
  const config = { ...defaultConfig({}), ...rest, timing: timingProfiles[timing] };
  const store = await createMemoryStore({ clock, log: silentLog });
  const vpc = createVpc(config.region, config.account, config.clusterName, () => instances);
  const { dispatch } = createAws({ config, store, vpc, health: sameForAll(targets), clock, log: silentLog });
  return {
    answer: dispatch.answer,
    vpcId: vpc.VpcId,
    subnetIds: vpc.subnets.filter((subnet) => subnet.public).map((subnet) => subnet.SubnetId),
    close: () => store.close(),
  };
};
