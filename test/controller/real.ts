// A controller between the embedded API server and the real ELBv2 and EC2, all in one process. Calls to AWS are counted.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { defaultConfig, timingProfiles } from '../../emulator/config.js';
import { startController } from '../../emulator/controller/start.js';
import { silentLog } from '../../emulator/log.js';
import { createAws } from '../../emulator/main/aws.js';
import { createStore } from '../../emulator/state/store.js';
import { createVpc } from '../../emulator/state/vpc.js';
import { createCertificates } from '../../emulator/tinykube/api/certificates.js';
import { kubeconfig } from '../../emulator/tinykube/api/kubeconfig.js';
import { createApiServer } from '../../emulator/tinykube/api/server.js';

const recorded = <A extends object>(api: A, calls: string[]): A =>
  new Proxy(api, {
    get: (target, op: string) => {
      const call = (target as Record<string, unknown>)[op];
      return typeof call === 'function' ? (input: unknown) => (calls.push(op), (call as (input: unknown) => unknown)(input)) : call;
    },
  });

const startApi = async (folder: string) => {
  const { ca, cert, key } = await createCertificates(systemClock.now());
  const server = createApiServer({ clock: systemClock, log: silentLog, version: 'v1.33.1', serviceCidr: '172.20.0.0/16', tls: { key, cert }, token: 't' });
  const { url } = await server.listen(0, '127.0.0.1');
  const file = path.join(folder, 'kubeconfig');
  fs.writeFileSync(file, kubeconfig({ server: url, ca, token: 't', name: 'test' }));
  return { server, file };
};

/** Everything ends with the test. */
export const openReal = async (t: ExecutionContext) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-real-'));
  const { server, file } = await startApi(folder);
  const config = { ...defaultConfig({}), timing: timingProfiles.instant, clusterName: 'my-cluster' };
  const store = await createStore({ directory: path.join(folder, 'state'), clock: systemClock, log: silentLog });
  const vpc = createVpc(config.region, config.account, config.clusterName, () => [
    { InstanceId: 'i-0123456789abcdef0', nodeName: 'n1', PrivateIpAddress: '10.42.10.1', AvailabilityZone: 'us-west-2a', running: true },
  ]);
  const calls: string[] = [];
  const aws = createAws({ config, store, vpc, health: { of: () => undefined, revision: () => 0, onChange: () => () => {} }, clock: systemClock, log: silentLog });
  const start = async () => {
    const controller = await startController({
      kubeconfig: file, elbv2: recorded(aws.elbv2, calls), ec2: recorded(aws.ec2, calls), clusterName: config.clusterName,
      vpcId: vpc.VpcId, region: config.region, clock: systemClock, log: silentLog,
    });
    await controller.ready;
    return controller;
  };
  let controller = await start();
  t.teardown(async () => {
    await controller.stop();
    await server.close();
    await store.close();
    fs.rmSync(folder, { recursive: true });
  });
  return {
    api: server.api, elbv2: aws.elbv2, ec2: aws.ec2, calls,
    stop: () => controller.stop(),
    restart: async () => {
      await controller.stop();
      controller = await start();
    },
  };
};
