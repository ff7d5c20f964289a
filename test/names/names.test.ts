// Names and their addresses, and the way they are made to work on this machine.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { silentLog } from '../../emulator/log.js';
import { createNames, type NamesOptions } from '../../emulator/names/names.js';

const DNSName = 'one-0123456789abcdef.elb.us-west-2.amazonaws.com';
const front = '127.43.0.8';
const zones = [{ zone: 'us-west-2a', address: '127.43.0.1' }, { zone: 'us-west-2b', address: '127.43.1.1' }];

const open = (t: ExecutionContext, options: Partial<NamesOptions> = {}) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-names-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const hostsFile = path.join(folder, 'hosts');
  fs.writeFileSync(hostsFile, '127.0.0.1 localhost\n');
  return { hostsFile, names: createNames({ mode: 'auto', hostsFile, id: 'test', log: silentLog, ...options }) };
};

test('a name has its front address, a zonal name that of its zone', (t) => {
  const { names } = open(t);
  names.update([{ DNSName, front, zones }]);
  t.deepEqual(names.resolve(`${DNSName.toUpperCase()}.`), [front]);
  t.deepEqual(names.resolve(`us-west-2b.${DNSName}`), ['127.43.1.1']);
  t.is(names.resolve('example.com'), undefined);
  names.update([]);
  t.is(names.resolve(DNSName), undefined);
});

test('with a writable hosts file every name stands in it, and none after close', (t) => {
  const { names, hostsFile } = open(t);
  t.is(names.mode(), 'hosts');
  names.update([{ DNSName, front, zones }]);
  const text = fs.readFileSync(hostsFile, 'utf8');
  t.true(text.includes(`${front} ${DNSName}\n127.43.0.1 us-west-2a.${DNSName}\n127.43.1.1 us-west-2b.${DNSName}\n`));
  t.regex(names.report()[0] ?? '', /^Names of load balancers are written to .* \(3 now\)/);
  names.close();
  t.is(fs.readFileSync(hostsFile, 'utf8'), '127.0.0.1 localhost\n');
});

test('asked for the proxy, the hosts file stays as it is', (t) => {
  const { names, hostsFile } = open(t, { mode: 'proxy' });
  names.update([{ DNSName, front, zones }]);
  t.is(names.mode(), 'proxy');
  t.is(fs.readFileSync(hostsFile, 'utf8'), '127.0.0.1 localhost\n');
  t.deepEqual(names.resolve(DNSName), [front]);
  t.regex(names.report().join(' '), /forward proxy because it was asked for\. .*http_proxy/);
});

test('the block of a run that died goes at the next start, whichever way names work then', (t) => {
  for (const mode of ['auto', 'hosts', 'proxy'] as const) {
    const { hostsFile } = open(t, { mode: 'proxy' });
    // No process has the number 2 ** 22 + 1: the kernel's limit is below it.
    fs.appendFileSync(hostsFile, '# >>> nlbox old (pid 4194305)\n127.43.0.1 old.elb\n# <<< nlbox old\n');
    createNames({ mode, hostsFile, id: 'test', log: silentLog });
    t.is(fs.readFileSync(hostsFile, 'utf8'), '127.0.0.1 localhost\n', mode);
  }
});

test('without a hosts file, or when it vanishes, names work through the proxy', (t) => {
  const { names: none } = open(t, { mode: 'hosts', hostsFile: '/nowhere/hosts' });
  t.is(none.mode(), 'proxy');
  const { names, hostsFile } = open(t);
  fs.rmSync(hostsFile);
  names.update([{ DNSName, front, zones }]);
  t.is(names.mode(), 'proxy');
  t.regex(names.report()[0] ?? '', /could not be written: ENOENT/);
  t.notThrows(() => names.close());
});
