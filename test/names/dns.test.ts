// The DNS responder over real UDP and TCP, read by another decoder than the one that wrote the answers.
import { execFile, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import net from 'node:net';
import test, { type ExecutionContext } from 'ava';
import packet, { type DecodedPacket, type Packet, type StringAnswer } from 'dns-packet';
import { silentLog } from '../../emulator/log.js';
import { isPlausible } from '../../emulator/names/dns-message.js';
import { startDns, type DnsOptions } from '../../emulator/names/dns.js';
import { dnsTable, canonical, type NamedLoadBalancer } from '../../emulator/names/table.js';
import { pointingLines } from '../../emulator/names/pointing.js';

const DNSName = 'one-0123456789abcdef.elb.us-west-2.amazonaws.com';
const zones = ['a', 'b', 'c'].map((letter, index) => ({ zone: `us-west-2${letter}`, address: `127.43.${index}.1` }));

const open = async (t: ExecutionContext, loadBalancers: NamedLoadBalancer[] = [{ DNSName, front: '127.43.0.9', zones }], options: Partial<DnsOptions> = {}) => {
  const table = dnsTable(loadBalancers);
  const dns = await startDns({ port: 0, lookup: (name, client) => table.get(canonical(name))?.(client), log: silentLog, ...options });
  t.teardown(() => dns.close());
  return dns;
};

const udp = (port: number, bytes: Buffer): Promise<Buffer> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4').once('message', (answer) => (socket.close(), resolve(answer)));
    socket.send(bytes, port, '127.0.0.1');
  });

const tcp = (port: number, bytes: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject).on('end', () => resolve(Buffer.concat(chunks)));
  });

const query = (name: string, type = 'A', more: Partial<Packet> = {}): Packet => ({ type: 'query', id: 4711, flags: packet.RECURSION_DESIRED, questions: [{ type: type as 'A', name }], ...more });
const ask = async (port: number, name: string, type = 'A', more: Partial<Packet> = {}): Promise<DecodedPacket> => packet.decode(await udp(port, packet.encode(query(name, type, more))));
const addresses = (answer: DecodedPacket): string[] => (answer.answers as StringAnswer[]).map(({ data }) => data);
const rcode = (answer: DecodedPacket): string => (answer as unknown as { rcode: string }).rcode;

test('a name has an address per zone, TTL 60, in another order each time', async (t) => {
  const { port } = await open(t);
  const [first, second] = [await ask(port, DNSName), await ask(port, DNSName)];
  t.is(first.id, 4711);
  t.true(first.flag_qr && first.flag_aa && first.flag_rd);
  t.is(rcode(first), 'NOERROR');
  t.deepEqual(addresses(first).toSorted(), zones.map(({ address }) => address));
  t.notDeepEqual(addresses(first), addresses(second));
  t.true(first.answers?.every((one) => one.type === 'A' && one.ttl === 60));
  t.deepEqual(addresses(await ask(port, `us-west-2b.${DNSName}`)), ['127.43.1.1']);
});

test('TCP gives the same, and letters keep their case', async (t) => {
  const { port } = await open(t);
  const mixed = DNSName.replace('one', 'oNe').replace('elb', 'ELB');
  const answer = packet.streamDecode(await tcp(port, packet.streamEncode(query(mixed)))) as DecodedPacket;
  t.is(addresses(answer).length, 3);
  t.is(answer.questions?.[0]?.name, mixed);
  t.is(answer.answers?.[0]?.name, mixed);
});

test('a zone without health leaves the name, and its own name has no address while others serve', async (t) => {
  let healthy = ['127.43.0.1', '127.43.1.1', '127.43.2.1'];
  const { port } = await open(t, [{ DNSName, front: '127.43.0.9', zones, inDns: () => healthy }]);
  healthy = ['127.43.2.1'];
  t.deepEqual(addresses(await ask(port, DNSName)), ['127.43.2.1']);
  const gone = await ask(port, `us-west-2a.${DNSName}`);
  t.is(rcode(gone), 'NOERROR');
  t.deepEqual(gone.answers, []);
  t.deepEqual(addresses(await ask(port, `us-west-2c.${DNSName}`)), ['127.43.2.1']);
});

test('the lookup is told who asks, by UDP and by TCP; a zonal name is the same for all', async (t) => {
  const asked: (string | undefined)[] = [];
  const { port } = await open(t, [{ DNSName, front: '127.43.0.9', zones, inDns: (client) => (asked.push(client), client === undefined ? zones.map(({ address }) => address) : ['127.43.1.1']) }]);
  t.deepEqual(addresses(await ask(port, DNSName)), ['127.43.1.1']);
  t.deepEqual(addresses(packet.streamDecode(await tcp(port, packet.streamEncode(query(DNSName)))) as DecodedPacket), ['127.43.1.1']);
  t.deepEqual(addresses(await ask(port, `us-west-2c.${DNSName}`)), ['127.43.2.1']);
  t.deepEqual(asked, ['127.0.0.1', '127.0.0.1', undefined]);
});

test('the right kind of no: nothing of that type, no such name, not ours', async (t) => {
  const { port } = await open(t);
  for (const type of ['AAAA', 'TXT', 'HTTPS']) {
    const none = await ask(port, DNSName, type);
    t.is(rcode(none), 'NOERROR', type);
    t.deepEqual(none.answers, [], type);
    t.is(none.authorities?.[0]?.type, 'SOA', type);
  }
  const unknown = await ask(port, 'two-0123456789abcdef.elb.us-west-2.amazonaws.com');
  t.is(rcode(unknown), 'NXDOMAIN');
  t.like(unknown.authorities?.[0], { type: 'SOA', name: 'elb.us-west-2.amazonaws.com', ttl: 5 });
  t.is(rcode(await ask(port, 'elb.us-west-2.amazonaws.com')), 'NOERROR');
  for (const other of ['example.com', 'amazonaws.com', 'xelb.us-west-2.amazonaws.com', '.']) {
    const refused = await ask(port, other);
    t.is(rcode(refused), 'REFUSED', other);
    t.false(refused.flag_aa, other);
  }
});

test('EDNS is answered, odd messages are not, and the responder goes on', async (t) => {
  const { port } = await open(t);
  const edns = { type: 'OPT' as const, name: '.' as const, udpPayloadSize: 1232, flags: 0, options: [], extendedRcode: 0, ednsVersion: 0, flag_do: false };
  t.is((await ask(port, DNSName, 'A', { additionals: [edns] as never })).additionals?.[0]?.type, 'OPT');
  const bytes = packet.encode(query(DNSName));
  bytes[2] = (bytes[2] ?? 0) | 0b0010_0000;
  t.is(rcode(packet.decode(await udp(port, bytes))), 'NOTIMP');
  t.is(rcode(packet.decode(await udp(port, packet.encode({ type: 'query', id: 1, questions: [] })))), 'FORMERR');
  const garbage = createSocket('udp4');
  for (const junk of [Buffer.alloc(0), Buffer.from([1]), Buffer.alloc(300, 0xff), packet.encode({ ...query(DNSName), type: 'response' })]) await new Promise((resolve) => garbage.send(junk, port, '127.0.0.1', resolve));
  garbage.close();
  t.is(addresses(await ask(port, DNSName)).length, 3);
});

test('one connection takes several questions, and garbage ends only its own', async (t) => {
  const { port } = await open(t);
  const two = Buffer.concat([packet.streamEncode(query(DNSName)), packet.streamEncode(query(`us-west-2a.${DNSName}`))]);
  const bytes = await tcp(port, two);
  const first = 2 + bytes.readUInt16BE(0);
  t.is(addresses(packet.streamDecode(bytes.subarray(0, first)) as DecodedPacket).length, 3);
  t.deepEqual(addresses(packet.streamDecode(bytes.subarray(first)) as DecodedPacket), ['127.43.0.1']);
  t.is((await tcp(port, Buffer.from([0, 12, ...Buffer.alloc(12, 0xff)]))).length, 0);
});

test('a header that announces more than its message holds is not read', (t) => {
  t.false(isPlausible(Buffer.alloc(300, 0xff)));
  t.false(isPlausible(Buffer.alloc(11)));
  t.true(isPlausible(packet.encode(query(DNSName))));
});

test('a taken port is said, and nothing stays open', async (t) => {
  const { port } = await open(t);
  const error = await t.throwsAsync(startDns({ port, lookup: () => undefined, log: silentLog }));
  t.is(error?.message, `DNS port ${port} on 127.0.0.1 is taken by another process`);
});

const digger = spawnSync('dig', ['-v']).status === 0 ? test : test.skip;
digger('dig reads it', async (t) => {
  const { port } = await open(t);
  const dig = (...args: string[]) => new Promise<string>((resolve) => execFile('dig', ['@127.0.0.1', '-p', String(port), '+tries=3', '+time=15', ...args], (_error, stdout) => resolve(stdout)));
  t.is((await dig('+short', DNSName)).trim().split('\n').length, 3);
  t.is((await dig('+short', '+tcp', `us-west-2a.${DNSName}`)).trim(), '127.43.0.1');
  t.regex(await dig('nothing.elb.us-west-2.amazonaws.com'), /status: NXDOMAIN/);
});

test('how to point a resolver at it, by system', (t) => {
  const at = { host: '127.0.0.1', port: 5300, region: 'us-west-2' };
  t.regex(pointingLines('linux', at).join('\n'), /DNS=127\.0\.0\.1:5300.*Domains=~elb\.us-west-2\.amazonaws\.com/);
  t.regex(pointingLines('darwin', at).join('\n'), /port 5300.*\/etc\/resolver\/elb\.us-west-2\.amazonaws\.com/);
  t.regex(pointingLines('win32', at).join('\n'), /--dns-port 53/);
  t.regex(pointingLines('win32', { ...at, port: 53 }).join('\n'), /Add-DnsClientNrptRule -Namespace "\.elb\.us-west-2\.amazonaws\.com" -NameServers "127\.0\.0\.1"/);
});
