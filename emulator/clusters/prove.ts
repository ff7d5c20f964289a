// Whether an open connection leads to what it should: some networks take every connection, and say nothing on it.
import type { Socket } from 'node:net';
import tls from 'node:tls';

/** Resolves when the other side has shown what it is, or the connection has ended; who asks has the patience. */
export type Prove = (socket: Socket) => Promise<boolean>;

/** Whether a kubelet's certificate is that of a node: `NAME@time` of its own making, `system:node:NAME`, or the name alone. Pure. */
export const isOfNode = (commonName: string, alternatives: string, node: string): boolean =>
  [commonName.replace(/@.*$/, '').replace(/^system:node:/, ''), ...alternatives.split(', ').map((one) => one.replace(/^DNS:/, ''))].includes(node);

/** The kubelet of this node, whoever signed for it: there are networks that show a certificate for anything. */
export const isKubelet = (node: string): Prove => (socket) =>
  new Promise((resolve) => {
    const secure = tls.connect({ socket, rejectUnauthorized: false });
    secure.once('secureConnect', () => {
      const { subject, subjectaltname } = secure.getPeerCertificate();
      resolve(isOfNode(String(subject?.CN ?? ''), subjectaltname ?? '', node));
    });
    secure.once('error', () => resolve(false)).once('close', () => resolve(false));
  });

// RFC 1035 4.1, with its length before it as over TCP: id 7, one question, `version.bind` TXT of class CHAOS. CoreDNS refuses
// that class itself and dnsmasq answers it itself; a question of the class IN might wait for a server that is out of reach.
const body = Buffer.concat([Buffer.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from('\x07version\x04bind\0', 'latin1'), Buffer.from([0, 16, 0, 3])]);
const question = Buffer.concat([Buffer.from([0, body.length]), body]);

/** A DNS server: any answer to the question will do, a refusal too. */
export const answersDns: Prove = (socket) =>
  new Promise((resolve) => {
    socket.once('data', (answer) => resolve(answer.length >= 4 && answer.readUInt16BE(2) === 7)).once('close', () => resolve(false));
    socket.write(question);
  });
