// Header blocks of SPDY/3: name-value pairs behind zlib with the protocol's own dictionary, one context per direction.
import zlib from 'node:zlib';

// The dictionary of the SPDY/3 draft: words with their length in front, then common values in one run.
const words = [
  ...('options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization ' +
    'cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range ' +
    'content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified ' +
    'location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding ' +
    'upgrade user-agent vary via warning www-authenticate method get status').split(' '),
  '200 OK',
  ...'version HTTP/1.1 url public set-cookie keep-alive origin'.split(' '),
];
const values =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content' +
  '301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented' +
  '503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,' +
  'publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

const sized = (text: string): Buffer => {
  const body = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
};

const dictionary = (): Buffer => Buffer.concat([...words.map(sized), Buffer.from(values)]);

// Each block continues the stream of the one before: written, flushed, and what came out read.
const through = (stream: zlib.Inflate | zlib.Deflate) => (block: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(block, () => stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
      stream.off('error', reject);
      resolve((stream.read() as Buffer | null) ?? Buffer.alloc(0));
    }));
  });

const parse = (block: Buffer): Map<string, string> => {
  const headers = new Map<string, string>();
  let at = 4;
  const next = (): string => {
    const from = at + 4;
    at = from + block.readUInt32BE(at);
    return block.toString('utf8', from, at);
  };
  for (let left = block.length >= 4 ? block.readUInt32BE(0) : 0; left > 0; left -= 1) headers.set(next().toLowerCase(), next());
  return headers;
};

export type HeaderCodec = { decode(block: Buffer): Promise<Map<string, string>>; empty(): Promise<Buffer>; close(): void };

/** One per connection. Blocks must come in the order of their frames, one at a time. */
export const headerCodec = (): HeaderCodec => {
  const inflate = zlib.createInflate({ dictionary: dictionary() });
  const deflate = zlib.createDeflate({ dictionary: dictionary() });
  const [inflated, deflated] = [through(inflate), through(deflate)];
  return {
    decode: async (block) => parse(await inflated(block)),
    empty: () => deflated(Buffer.alloc(4)),
    close: () => {
      inflate.close();
      deflate.close();
    },
  };
};
