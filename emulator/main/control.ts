// The stages that need a cluster: Kubernetes itself, its nodes as instances, and the controller. Loaded only when there is one.
import { isEksToken } from '../api/eks/token.js';
import { startCluster } from '../clusters/start.js';
import type { Cluster } from '../clusters/types.js';
import type { Config } from '../config.js';
import { startController } from '../controller/start.js';
import { webhookConfiguration } from '../controller/admission.js';
import { readFlags } from '../controller/flags-given.js';
import { createKubeClient } from '../kube/client.js';
import { asInstance } from '../kube/instance-id.js';
import { removeWebhooks } from '../kube/webhooks.js';
import { createCertificates } from '../tinykube/api/certificates.js';
import type { House, Running } from './house.js';
import { warnOfDatagrams } from './datagrams.js';
import { followLeavers } from './leavers.js';
import { followNodes } from './nodes.js';
import { resolverOf } from './resolve.js';
import { followServiceNames } from './service-names.js';

/** Where AWS is hurried, so are the controller's waits for it. */
const waitsOf = ({ name, provisioning, registration }: Config['timing']): { stabilization?: number; bindingRequeue?: number } =>
  name === 'aws' ? {} : { stabilization: provisioning + 200, bindingRequeue: registration + 200 };

/** A Kubernetes that answers. */
export const openCluster = async (house: House, say: (line: string) => void): Promise<Cluster> => {
  const { config, clock, log, endings, running } = house;
  const names = running && { outside: resolverOf(running.names, running.dataplane) };
  const cluster = await startCluster(config, { acceptsToken: (given) => isEksToken(given, clock.now()), ...names, clock, log, say });
  endings.push(() => cluster.close());
  return cluster;
};

/** Follows the nodes; resolves when the first list of them is there. */
export const openNodes = async ({ config, clock, log, instances, endings, running }: House, cluster: Cluster): Promise<void> => {
  const nodes = await followNodes(cluster.kubeconfig, instances.set, { clock, log });
  endings.push(() => nodes.stop());
  if (!running) return;
  const leavers = followLeavers({ store: running.store, instances, timing: config.timing, clock, log });
  endings.push(() => leavers.stop());
};

/** Keeps the cluster's own DNS told, and its Services of what gets no datagrams, where there is need. */
export const openClusterNames = async ({ clock, log, endings }: House, cluster: Cluster): Promise<void> => {
  const lost = cluster.withoutDatagrams ?? [];
  if (lost.length > 0) {
    const warnings = await warnOfDatagrams(cluster.kubeconfig, lost, { clock, log });
    endings.push(() => warnings.stop());
  }
  if (!cluster.setNames) return;
  const names = await followServiceNames(cluster.kubeconfig, cluster.setNames, { clock, log });
  endings.push(() => names.stop());
};

/** The built-in controller, a client of the API like any other. */
export const openController = async (house: House, cluster: Cluster, { elbv2, ec2, vpc }: Running): Promise<void> => {
  const { config, clock, log, history, endings } = house;
  const { clusterName, region, timing, controllerFlags } = config;
  const { flags, election: { enabled, ...lease } } = readFlags(controllerFlags);
  const controller = await startController({
    kubeconfig: cluster.kubeconfig,
    elbv2: history.noting(elbv2),
    ec2: history.noting(ec2),
    clusterName,
    vpcId: vpc.VpcId,
    region,
    adaptNode: asInstance,
    clock,
    log,
    waits: waitsOf(timing),
    flags,
    ...(enabled ? { leaderElection: lease } : {}),
    ...(cluster.kind === 'embedded' ? { webhookCertificate: createCertificates(clock.now()) } : {}),
  });
  endings.push(() => controller.stop());
  await controller.ready;
  house.controller = controller;
};

/** Without the built-in controller nobody answers the webhooks that an earlier run may have left. */
export const forgetController = async ({ kind, kubeconfig }: Cluster): Promise<void> => {
  if (kind !== 'embedded') return;
  const client = await createKubeClient(kubeconfig);
  await removeWebhooks(client, webhookConfiguration).finally(() => client.close());
};
