// Stand-ins for docker, kind, kubectl and ip on the PATH: they write down how they were called and print what was recorded of the real ones.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { run } from '../../emulator/clusters/run.js';
import { defaultConfig, type Config } from '../../emulator/config.js';
import { silentLog } from '../../emulator/log.js';

export const kubeconfigText = (server = 'https://127.0.0.1:33987'): string => `apiVersion: v1
kind: Config
current-context: kind-eks-workshop
clusters: [{name: kind-eks-workshop, cluster: {server: "${server}"}}]
contexts: [{name: kind-eks-workshop, context: {cluster: kind-eks-workshop, user: kind-eks-workshop}}]
users: [{name: kind-eks-workshop, user: {}}]
`;

/** As `kubectl get nodes -o json` prints a kind cluster, cut to what is read. */
export const nodesJson = (addresses: readonly string[], provider = (index: number): string => `aws:///us-west-2a/i-${index}`): string =>
  JSON.stringify({
    items: addresses.map((address, index) => ({
      metadata: { name: index === 0 ? 'eks-workshop-control-plane' : `eks-workshop-worker${index > 1 ? index : ''}`, labels: index === 0 ? { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {} },
      spec: { podCIDR: `10.42.${index}.0/24`, podCIDRs: [`10.42.${index}.0/24`], providerID: index === 0 ? 'kind://docker/eks-workshop/eks-workshop-control-plane' : provider(index) },
      status: { addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: 'x' }] },
    })),
  });

export const podJson = (address: string, labels: object = {}, name = 'coredns-1'): string =>
  JSON.stringify({ items: [{ metadata: { name, namespace: 'kube-system', labels }, status: { phase: 'Running', podIP: address } }] });

/** As `kubectl get configmap coredns -o json` prints it, cut to what is read. */
export const corefileJson = JSON.stringify({ data: { Corefile: '.:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    reload\n}\n' } });

export type Scripts = Partial<Record<'docker' | 'kind' | 'kubectl' | 'ip' | 'ldd', string>>;

const originalPath = process.env['PATH'] ?? '';

/** `scripts` are shell: `$*` is the command's arguments, `$D` the folder where recorded output can be put. Tests that use it run one after the other. */
export const standIns = (t: ExecutionContext, scripts: Scripts, files: Record<string, string> = {}) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-kind-'));
  const bin = path.join(folder, 'bin');
  fs.mkdirSync(bin);
  for (const tool of ['sh', 'cat', 'sleep', 'grep']) fs.symlinkSync(originalPath.split(':').map((one) => path.join(one, tool)).find((one) => fs.existsSync(one)) ?? '', path.join(bin, tool));
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  for (const [name, script] of Object.entries(scripts)) {
    fs.writeFileSync(path.join(bin, name), `#!${path.join(bin, 'sh')}\nD=${folder}\necho "${name} $*" >> $D/calls\n${script}\n`, { mode: 0o755 });
  }
  process.env['PATH'] = bin;
  t.teardown(() => {
    process.env['PATH'] = originalPath;
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const said: string[] = [];
  const stateDir = path.join(folder, 'state');
  const read = (name: string): string => (fs.existsSync(path.join(folder, name)) ? fs.readFileSync(path.join(folder, name), 'utf8') : '');
  return {
    folder, stateDir, said, read,
    calls: (): string[] => read('calls').trimEnd().split('\n').map((line) => line.replaceAll(folder, '$D')),
    config: (more: Partial<Config> = {}): Config => ({ ...defaultConfig({ HOME: folder }), stateDir, ...more }),
    deps: { clock: systemClock, log: silentLog, say: (line: string) => void said.push(line), execute: run },
  };
};
