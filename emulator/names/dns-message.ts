// From the bytes of a DNS question to those of its answer; the codec is dns2's.
import { Packet, type Resource } from 'dns2';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { answerTo, rcodes, rotate, type Lookup } from './answer.js';

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html: entries have a TTL of 60 seconds.
const ttl = 60;
// A name that is looked up too early should not stay unknown for a minute.
const negativeTtl = 5;

// RFC 2308: without the SOA a resolver may not remember that there is nothing.
const soa = (zone: string): Resource =>
  new Packet.Resource({
    name: zone, type: Packet.TYPE.SOA, class: Packet.CLASS.IN, ttl: negativeTtl, primary: `ns.${zone}`, admin: `hostmaster.${zone}`,
    serial: 1, refresh: 3600, retry: 600, expiration: 86_400, minimum: negativeTtl,
  });

/** `client` is the address that asks. */
export const responseTo = (request: Packet, lookup: Lookup, turn: number, client?: string): Packet => {
  const response = Packet.createResponseFromRequest(request);
  const [question] = request.questions;
  if (request.additionals.some((record) => record.type === Packet.TYPE.EDNS)) response.additionals.push(Packet.Resource.EDNS([]));
  if (request.header.opcode !== 0) response.header.rcode = rcodes.NOTIMP;
  else if (question === undefined || request.questions.length !== 1) response.header.rcode = rcodes.FORMERR;
  else {
    const { rcode, addresses, zone } = answerTo(question, lookup, client);
    response.header.rcode = rcode;
    response.header.aa = zone === undefined ? 0 : 1;
    response.answers = rotate(addresses, turn).map(
      (address) => new Packet.Resource({ name: question.name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl, address }),
    );
    if (zone !== undefined && addresses.length === 0) response.authorities.push(soa(zone));
  }
  return response;
};

const headerSize = 12;
const smallest = { question: 5, record: 11 };

/**
 * Whether as many questions and records fit in the message as it says it has: the codec tries each one that is
 * announced, and a header that announces 65,535 of each would keep it busy for seconds.
 */
export const isPlausible = (message: Buffer): boolean => {
  if (message.length < headerSize) return false;
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  return headerSize + message.readUInt16BE(4) * smallest.question + records * smallest.record <= message.length;
};

export type Answerer = (request: Packet, client?: string) => Packet | undefined;

/** Answers questions, each in its turn; an answer is never answered: two responders would talk for ever. */
export const createAnswerer = (lookup: Lookup): Answerer => {
  let turn = 0;
  return (request, client) => (request.header.qr === 0 ? responseTo(request, lookup, (turn += 1), client) : undefined);
};

/** The answer to a whole message, or undefined for one that deserves none. */
export const answerBytes = (message: Buffer, answer: Answerer, log: Log, client?: string): Buffer | undefined => {
  try {
    return isPlausible(message) ? answer(Packet.parse(message), client)?.toBuffer() : undefined;
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'a DNS message could not be read');
    return undefined;
  }
};
