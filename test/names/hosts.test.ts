// The hosts block on real files: other lines stay, stale blocks go, odd files are survived.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { withBlock, withoutBlocks } from '../../emulator/names/block.js';
import { createHostsBlock, removeStale, writable } from '../../emulator/names/hosts.js';

const original = '127.0.0.1\tlocalhost\n# my own line\n10.0.0.1 box   # no newline at the end';

const hostsFile = (t: ExecutionContext, text = original): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-hosts-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'hosts');
  fs.writeFileSync(file, text, { mode: 0o644 });
  return file;
};

test('set writes one marked block, set again replaces it, remove leaves the other lines', (t) => {
  const file = hostsFile(t);
  const block = createHostsBlock({ file, id: 'one' });
  block.set([{ address: '127.43.0.1', names: ['a.elb', 'b.elb'] }]);
  t.is(fs.readFileSync(file, 'utf8'), `${original}\n# >>> nlbox one (pid ${process.pid})\n127.43.0.1 a.elb b.elb\n# <<< nlbox one\n`);
  block.set([{ address: '127.43.0.2', names: ['c.elb'] }]);
  t.is(fs.readFileSync(file, 'utf8').match(/nlbox one/g)?.length, 2);
  t.notRegex(fs.readFileSync(file, 'utf8'), /a\.elb/);
  t.is(fs.statSync(file).mode & 0o777, 0o644);
  block.remove();
  t.is(fs.readFileSync(file, 'utf8'), `${original}\n`);
  t.deepEqual(fs.readdirSync(path.dirname(file)), ['hosts']);
});

test('the block of another living run is left alone, that of a dead one goes', (t) => {
  const file = hostsFile(t, '# >>> nlbox dead (pid 11)\n127.43.0.9 x\n# <<< nlbox dead\n::1 localhost\n# >>> nlbox live (pid 22)\n127.44.0.9 y\n# <<< nlbox live\n');
  t.deepEqual(removeStale(file, (pid) => pid === 22), ['dead']);
  t.is(fs.readFileSync(file, 'utf8'), '::1 localhost\n# >>> nlbox live (pid 22)\n127.44.0.9 y\n# <<< nlbox live\n');
  createHostsBlock({ file, id: 'mine' }).remove();
  t.regex(fs.readFileSync(file, 'utf8'), /nlbox live/);
});

test('a file that is not to change is not written', (t) => {
  const file = hostsFile(t);
  const block = createHostsBlock({ file, id: 'one' });
  block.set([{ address: '127.43.0.1', names: ['a'] }]);
  const before = fs.statSync(file).ino;
  block.set([{ address: '127.43.0.1', names: ['a'] }]);
  t.is(fs.statSync(file).ino, before);
});

test('a link stays a link', (t) => {
  const file = hostsFile(t);
  const link = path.join(path.dirname(file), 'link');
  fs.symlinkSync(file, link);
  createHostsBlock({ file: link, id: 'one' }).set([{ address: '127.43.0.1', names: ['a'] }]);
  t.true(fs.lstatSync(link).isSymbolicLink());
  t.regex(fs.readFileSync(file, 'utf8'), /127\.43\.0\.1 a/);
});

test('a mounted file, which nothing can be renamed over, is written in place', (t) => {
  const file = hostsFile(t);
  const before = fs.statSync(file).ino;
  const rename = () => {
    throw Object.assign(new Error('busy'), { code: 'EBUSY' });
  };
  createHostsBlock({ file, id: 'one', rename }).set([{ address: '127.43.0.1', names: ['a'] }]);
  t.regex(fs.readFileSync(file, 'utf8'), /127\.43\.0\.1 a/);
  t.is(fs.statSync(file).ino, before);
  t.deepEqual(fs.readdirSync(path.dirname(file)), ['hosts']);
});

test('any other failure is told, and the file is as it was', (t) => {
  const file = hostsFile(t);
  const rename = () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  };
  t.throws(() => createHostsBlock({ file, id: 'one', rename }).set([{ address: '127.43.0.1', names: ['a'] }]), { code: 'ENOSPC' });
  t.is(fs.readFileSync(file, 'utf8'), original);
  t.deepEqual(fs.readdirSync(path.dirname(file)), ['hosts']);
});

test('writable tells what can be changed', (t) => {
  const file = hostsFile(t);
  t.true(writable(file));
  t.false(writable(`${file}.none`));
});

test('a block that lost its end costs nobody else a line', (t) => {
  t.is(withoutBlocks('a\n# >>> nlbox one (pid 1)\nb\nc', () => true), 'a\nb\nc');
});

test('putting a block in and taking it out gives back every other line', (t) => {
  const line = fc.stringMatching(/^[ -~]{0,20}$/).filter((text) => !text.startsWith('# >>> nlbox'));
  fc.assert(fc.property(fc.array(line), (lines) => {
    const text = lines.map((one) => `${one}\n`).join('');
    const mark = { id: 'x', pid: 1 };
    t.is(withoutBlocks(withBlock(text, mark, [{ address: '127.0.0.1', names: ['n'] }]), ({ id }) => id === 'x'), text);
  }));
});
