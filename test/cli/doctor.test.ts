// What doctor says of machines that we do not have, and of this one with old tools on the PATH.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { atLeast, diagnose, versionIn, type Finding } from '../../emulator/cli/doctor/checks.js';
import type { Facts } from '../../emulator/cli/doctor/facts.js';
import { aliasesIn, deadTables, runIn } from '../../emulator/cli/doctor/leftover-facts.js';
import type { Info } from '../../emulator/main.js';

const there = (output: string) => ({ found: true, ok: true, output });
const absent = { found: false, ok: false, output: '' };

const good: Facts = {
  platform: 'linux', node: 'v20.19.0', root: false, memory: 16 * 2 ** 30,
  tools: {
    kubectl: there('Client Version: v1.33.4\nKustomize Version: v5.6.0'), aws: there('aws-cli/2.31.0 Python/3.13.7 Linux/6.1'), jq: there('jq-1.7'),
    curl: there('curl 8.5.0 (x86_64-pc-linux-gnu)'), envsubst: there('envsubst (GNU gettext-runtime) 0.21'), docker: there('28.2.2'), kind: there('kind v0.29.0 go1.24.2 linux/amd64'),
  },
  ports: { aws: { host: '127.0.0.1', port: 4566 }, kube: { host: '127.0.0.1', port: 6443 }, http: { host: '127.43.0.1', port: 80 } },
  loopback: [{ host: '127.42.255.254', port: 0 }, { host: '127.43.0.1', port: 0 }],
  unprivilegedPortStart: 1024, hosts: { file: '/etc/hosts', writable: true, blocks: [] }, deadBlocks: [], env: {}, stateDir: '/s', run: undefined, dnsPort: 0, nameservers: ['192.0.2.1'], lookups: [],
  leftovers: { tables: [], aliases: [], runs: [] }, clock: { now: 1e12, newestState: 1e12 - 5000, docker: 1e12 + 900 }, gone: () => false,
};

const info = { endpoint: 'http://127.0.0.1:4566', region: 'us-west-2', cluster: { kubeconfig: '/s/kubeconfig' } } as unknown as Info;
const running = { pid: 7, alive: true, info };
const owner = { pid: 4711, command: 'nginx: master' };

const bad = (facts: Partial<Facts>): Finding[] => diagnose({ ...good, ...facts }).filter(({ level }) => level !== 'ok');

test('nothing stands in the way of a good machine', (t) => t.deepEqual(bad({}), []));

const tools = (changed: Partial<Facts['tools']>): Partial<Facts> => ({ tools: { ...good.tools, ...changed } });

const cases: [title: string, facts: Partial<Facts>, level: 'warn' | 'stop', says: RegExp, remedy: RegExp][] = [
  ['old Node', { node: 'v18.20.4' }, 'stop', /v18\.20\.4 is too old/, /20\.19/],
  ['no jq', tools({ jq: absent }), 'stop', /jq is not installed/, /Install jq/],
  ['no envsubst', tools({ envsubst: absent }), 'stop', /envsubst is not installed/, /gettext-base/],
  ['no aws', tools({ aws: absent }), 'stop', /aws is not installed/, /2\.13/],
  ['Debian 12 aws', tools({ aws: there('aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0 source') }), 'stop', /aws 2\.9\.19 does not know AWS_ENDPOINT_URL/, /nlbox aws/],
  ['old aws 1', tools({ aws: there('aws-cli/1.22.34 Python/3.10 Linux/5') }), 'stop', /1\.22\.34/, /nlbox aws/],
  ['old curl', tools({ curl: there('curl 7.68.0') }), 'stop', /--retry-all-errors/, /7\.71 or newer/],
  ['old kubectl', tools({ kubectl: there('Client Version: v1.20.2') }), 'warn', /1\.20\.2/, /1\.28/],
  ['AWS port held', { ports: { ...good.ports, aws: { host: '127.0.0.1', port: 4566, code: 'EADDRINUSE', owner } } }, 'stop', /held by process 4711 \(nginx: master\)/, /kill 4711.*--port/],
  ['Kubernetes port held', { ports: { ...good.ports, kube: { host: '127.0.0.1', port: 6443, code: 'EADDRINUSE' } } }, 'warn', /6443 is held by another process/, /Nothing need/],
  ['port 80 needs root', { ports: { ...good.ports, http: { host: '127.43.0.1', port: 80, code: 'EACCES' } } }, 'warn', /below 1024 need privileges/, /ip_unprivileged_port_start/],
  ['port 80 held', { ports: { ...good.ports, http: { host: '127.43.0.1', port: 80, code: 'EADDRINUSE', owner } } }, 'warn', /80 on every address is held by process 4711/, /kill 4711/],
  ['macOS without aliases', { platform: 'darwin', loopback: [{ host: '127.42.255.254', port: 0, code: 'EADDRNOTAVAIL' }] }, 'stop', /127\.42\.255\.254 cannot be used/, /ifconfig lo0 alias 127\.42\.255\.254 up/],
  ['a company proxy', { env: { http_proxy: 'http://proxy.example:3128' } }, 'stop', /takes calls to 127\.0\.0\.1 and elb\.us-west-2\.amazonaws\.com off/, /export no_proxy=/],
  ['half a no_proxy', { env: { HTTP_PROXY: 'http://proxy.example:3128', NO_PROXY: 'localhost,127.0.0.1' } }, 'stop', /takes calls to elb\.us-west-2\.amazonaws\.com off/, /\$no_proxy/],
  ['endpoints switched off', { env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' } }, 'stop', /the real AWS/, /unset AWS_IGNORE/],
  ['another endpoint for ELBv2', { env: { AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: 'http://localhost:1' } }, 'stop', /wins over AWS_ENDPOINT_URL/, /unset AWS_ENDPOINT_URL_ELASTIC/],
  ['a profile', { env: { AWS_PROFILE: 'work' } }, 'warn', /AWS_PROFILE=work/, /unset AWS_PROFILE/],
  ['a shell that is not pointed', { run: running, env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' } }, 'warn', /KUBECONFIG/, /nlbox env/],
  ['stale names', { deadBlocks: ['ab12'], hosts: { ...good.hosts, writable: false } }, 'warn', /names of 1 run\(s\) that died \(ab12\)/, /as root/],
  ['a dead run', { run: { pid: 7, alive: false } }, 'warn', /state of a run that died \(pid 7\)/, /nlbox down/],
  ['little memory', { memory: 2 ** 28 }, 'warn', /0\.3 GiB/, /200 MiB/],
  ['little memory for kind', { memory: 4 * 2 ** 30 }, 'warn', /for the workshop on kind/, /embedded/],
  ['a router that protects', { dnsPort: 5300, lookups: [{ name: 'a.elb', addresses: [], code: 'ENOTFOUND' }] }, 'stop', /does not resolve \(ENOTFOUND\)/, /rebinding protection/],
  ['a VPN that answers', { dnsPort: 5300, lookups: [{ name: 'a.elb', addresses: ['52.1.2.3'] }] }, 'stop', /resolves to 52\.1\.2\.3/, /VPN/],
  ['a clock that went back', { clock: { now: 1e12, newestState: 1e12 + 3_600_000, docker: undefined } }, 'warn', /3600 s behind the newest file of the state/, /timedatectl/],
  ["Docker's clock after a sleep", { clock: { now: 1e12, newestState: undefined, docker: 1e12 - 7_200_000 } }, 'warn', /Docker's clock is 7200 s behind/, /Restart Docker/],
  ['a table of a dead run', { leftovers: { tables: [{ family: 'ip', name: 'nlbox_0123abcd_1_7_9' }], aliases: [], runs: [] } }, 'warn', /nftables has nlbox_0123abcd_1_7_9 of a run that died/, /sudo nft delete table ip nlbox_0123abcd_1_7_9/],
  ['a run without its folder', { leftovers: { tables: [], aliases: [], runs: [{ pid: 99, stateDir: '/tmp/x' }, { pid: 98, stateDir: undefined }] }, gone: () => true }, 'warn', /process 99 is an nlbox whose state directory \/tmp\/x is gone/, /kill 99/],
  ['a responder nobody asks', { dnsPort: 5300 }, 'warn', /192\.0\.2\.1/, /nlbox status/],
];

for (const [title, facts, level, says, remedy] of cases) {
  test(title, (t) => {
    const findings = bad(facts);
    t.is(findings.length, 1, JSON.stringify(findings));
    t.is(findings[0]?.level, level);
    t.regex(findings[0]?.says ?? '', says);
    t.regex(findings[0]?.remedy ?? '', remedy);
  });
}

test('what is fine stays fine', (t) => {
  const held = { host: '127.0.0.1', port: 4566, code: 'EADDRINUSE', owner: { pid: 7, command: 'node' } };
  t.deepEqual(bad({ run: running, ports: { ...good.ports, aws: held, kube: { ...held, port: 6443 }, http: { ...held, port: 80 } }, env: { AWS_ENDPOINT_URL: info.endpoint, KUBECONFIG: '/s/kubeconfig', http_proxy: info.endpoint } }), []);
  t.deepEqual(bad({ env: { http_proxy: 'http://proxy.example:3128', no_proxy: 'localhost,127.0.0.1,.amazonaws.com' } }), []);
  t.deepEqual(bad({ tools: { ...good.tools, docker: absent, kind: absent, aws: there('aws-cli/1.45.11 Python/3.11') } }), []);
});

test('what was left is read: tables of the dead, addresses of the loopback, command lines', (t) => {
  const tables = JSON.stringify({ nftables: [{ metainfo: {} }, ...['nlbox_0123abcd_1_7_9', 'nlbox_0123abcd_1_8_9', 'filter'].map((name) => ({ table: { family: 'ip', name, handle: 1 } }))] });
  t.deepEqual(deadTables(tables, (pid) => pid === 8), [{ family: 'ip', name: 'nlbox_0123abcd_1_7_9' }]);
  t.deepEqual(aliasesIn('lo0: flags=8049<UP>\n\tinet 127.0.0.1 netmask 0xff000000\n\tinet 127.43.0.1 netmask 0xff000000\n\tinet6 ::1 prefixlen 128\n'), ['127.43.0.1']);
  t.deepEqual(aliasesIn('    inet 127.0.0.1/8 scope host lo\n    inet 127.43.0.2/8 scope host lo\n'), ['127.43.0.2']);
  t.deepEqual(runIn(['/usr/bin/node', '/x/nlbox.mjs', '--state-dir', '/s', 'up', ''].join('\0')), { stateDir: '/s' });
  t.deepEqual(runIn(['node', '/usr/local/bin/nlbox', 'up'].join('\0')), { stateDir: undefined });
  t.is(runIn(['vi', '/x/nlbox.mjs'].join('\0')), undefined);
  const added = diagnose({ ...good, platform: 'darwin', leftovers: { tables: [], aliases: ['127.43.0.1'], runs: [] } }).find(({ check }) => check === 'leftovers');
  t.regex(added?.says ?? '', /ifconfig lo0 -alias 127\.43\.0\.1/);
});

test('versions are compared as numbers', (t) => {
  t.deepEqual(versionIn('jq-1.7'), [1, 7, 0]);
  t.true(atLeast([2, 13, 0], [2, 13]));
  t.true(atLeast([2, 9, 19], [2, 9, 2]));
  t.false(atLeast([2, 9, 19], [2, 13]));
});

test('the command: JSON, status 1, and no secrets', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-doctor-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.writeFileSync(path.join(folder, 'aws'), '#!/bin/sh\necho aws-cli/2.9.19 Python/3.11.2\n', { mode: 0o755 });
  const { status, stdout } = spawnSync(process.execPath, ['emulator/nlbox.mjs', 'doctor', '--json', '--state-dir', path.join(folder, 'none')], {
    encoding: 'utf8', env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, AWS_SECRET_ACCESS_KEY: 'hush', AWS_PROFILE: 'work', NLBOX_PORT: '0', NLBOX_KUBE_PORT: '0' },
  });
  t.is(status, 1);
  const findings = JSON.parse(stdout) as Finding[];
  t.like(findings.find(({ check }) => check === 'aws'), { level: 'stop' });
  t.like(findings.find(({ check }) => check === 'aws-profile'), { level: 'warn' });
  t.false(stdout.includes('hush'));
});
