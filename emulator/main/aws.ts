// The AWS services of a run: one dispatch for the wire, and the same operations in process for the controller.
import { createDispatch } from '../api/dispatch.js';
import type { Ec2Api } from '../api/ec2/client.js';
import { createEc2 } from '../api/ec2/service.js';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Dispatch } from '../api/dispatch.js';
import { createAcm } from '../api/acm/service.js';
import { createEks, type ClusterFacts } from '../api/eks/service.js';
import { stsService } from '../api/sts/service.js';
import { createTagging } from '../api/tagging/service.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { HealthView } from '../dataplane/types.js';
import type { Log } from '../log.js';
import type { IndexedStore } from '../state/store.js';
import type { VpcView } from '../state/vpc.js';

export type AwsOptions = {
  config: Config;
  store: IndexedStore;
  vpc: VpcView;
  health: HealthView;
  /** What EKS tells of the cluster; undefined before there is one. */
  cluster?(): ClusterFacts | undefined;
  clock: Clock;
  log: Log;
};

export type Aws = { dispatch: Dispatch; elbv2: Elbv2Api; ec2: Ec2Api };

export const createAws = ({ config, store, vpc, health, cluster, clock, log }: AwsOptions): Aws => {
  const { account, region, clusterName, timing, quotas, throttle } = config;
  const ec2 = createEc2({ store, vpc, clusterName, clock, quotas, octet: config.loopback + 1 });
  const dispatch = createDispatch({
    account, region, log, store, vpc, clusterName, health, clock, timing, quotas, throttle,
    octet: config.loopback + 1,
    services: { ec2: ec2.service, sts: stsService },
    others: { json: [createAcm({ store, clock }), createTagging({ store })], rest: [createEks({ vpc, clusterName, cluster: () => cluster?.() })] },
  });
  return { dispatch, elbv2: dispatch.elbv2Api(), ec2: ec2.client({ account, region }) };
};
