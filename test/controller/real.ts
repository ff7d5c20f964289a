// A controller between the embedded API server and the real ELBv2 and EC2, all in one process. Calls to AWS are counted.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { systemClock, type Clock } from '../../emulator/clock.js';
import { defaultConfig, timingProfiles } from '../../emulator/config.js';
import { startController, type ControllerOptions } from '../../emulator/controller/start.js';
import { silentLog } from '../../emulator/log.js';
import { createAws } from '../../emulator/main/aws.js';
import { createStore } from '../../emulator/state/store.js';
import { createVpc } from '../../emulator/state/vpc.js';
import { createCertificates } from '../../emulator/tinykube/api/certificates.js';
import { kubeconfig } from '../../emulator/tinykube/api/kubeconfig.js';
import { createApiServer } from '../../emulator/tinykube/api/server.js';
import { openCable } from './cable.js';

/** What a test may do to the calls of one controller: refuse one, or let it be done and lose its answer. */
export type Tap = { before(op: string): Error | undefined; after(op: string): Error | undefined };

const open: Tap = { before: () => undefined, after: () => undefined };

const recorded = <A extends object>(api: A, calls: string[], tap: Tap, answered: () => void): A =>
  new Proxy(api, {
    get: (target, op: string) => {
      const call = (target as Record<string, unknown>)[op];
      if (typeof call !== 'function') return call;
      return async (input: unknown) => {
        calls.push(op);
        const refusal = tap.before(op);
        if (refusal) throw refusal;
        const answer = await (call as (input: unknown) => Promise<unknown>)(input).finally(answered);
        const loss = tap.after(op);
        if (loss) throw loss;
        return answer;
      };
    },
  });

const startApi = async (folder: string) => {
  const { ca, cert, key } = createCertificates(systemClock.now());
  const server = createApiServer({ clock: systemClock, log: silentLog, version: 'v1.33.1', serviceCidr: '172.20.0.0/16', tls: { key, cert }, token: 't' });
  const { url } = await server.listen(0, '127.0.0.1');
  /** A way of its own to the API server, with the kubeconfig that takes it. */
  const plugIn = async (name: string) => {
    const cable = await openCable(new URL(url));
    const file = path.join(folder, name);
    fs.writeFileSync(file, kubeconfig({ server: cable.url, ca, token: 't', name: 'test' }));
    return { file, cable };
  };
  return { server, plugIn, ...(await plugIn('kubeconfig')) };
};

/** Everything ends with the test. */
export const openReal = async (t: ExecutionContext, options: Pick<ControllerOptions, 'waits' | 'webhookCertificate' | 'flags' | 'leaderElection'> & { clock?: Clock } = {}) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-real-'));
  const { server, file, cable, plugIn } = await startApi(folder);
  const config = { ...defaultConfig({}), timing: timingProfiles.instant, clusterName: 'my-cluster', quotas: { 'network-load-balancers': 2000 } };
  const store = await createStore({ directory: path.join(folder, 'state'), clock: systemClock, log: silentLog });
  const vpc = createVpc(config.region, config.account, config.clusterName, () => [
    { InstanceId: 'i-0123456789abcdef0', nodeName: 'n1', PrivateIpAddress: '10.42.10.1', AvailabilityZone: 'us-west-2a', running: true },
  ]);
  const calls: string[] = [];
  let answers = 0;
  const answered = (): void => void (answers += 1);
  const aws = createAws({ config, store, vpc, health: { of: () => undefined, revision: () => 0, onChange: () => () => {} }, clock: systemClock, log: silentLog });
  const startWith = async (kubeconfig: string, noted: string[], of: Tap) => {
    const controller = await startController({
      kubeconfig, elbv2: recorded(aws.elbv2, noted, of, answered), ec2: recorded(aws.ec2, noted, of, answered), ...options, clusterName: config.clusterName,
      vpcId: vpc.VpcId, region: config.region, clock: options.clock ?? systemClock, log: silentLog,
    });
    await controller.ready;
    return controller;
  };
  const start = (of: Tap = open) => startWith(file, calls, of);
  let controller = await start();
  t.teardown(async () => {
    await controller.stop();
    await cable.close();
    await server.close();
    await store.close();
    fs.rmSync(folder, { recursive: true });
  });
  return {
    kubeconfig: file, vpcId: vpc.VpcId, api: server.api, elbv2: aws.elbv2, ec2: aws.ec2, calls, cable,
    /** How many calls have had their effect. */
    answers: () => answers,
    stop: () => controller.stop(),
    /** A second controller with the same options, with calls and a way to the API server of its own. */
    rival: async () => {
      const own = await plugIn('rival');
      const calls: string[] = [];
      const rival = await startWith(own.file, calls, open);
      t.teardown(async () => {
        await rival.stop();
        await own.cable.close();
      });
      return { calls, cable: own.cable };
    },
    /** A new controller, as if the old one had died. */
    restart: async (of: Tap = open) => {
      await controller.stop();
      controller = await start(of);
    },
  };
};
