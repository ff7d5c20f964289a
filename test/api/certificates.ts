// Certificates for tests, made on the spot: a pair on its own, or one signed by an authority. They are good when a manual clock begins.
import { generate } from 'selfsigned';

export type Pair = { cert: string; key: string };

export const pairOf = async (name: string, options: Record<string, unknown> = {}): Promise<Pair> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keySize: 2048, algorithm: 'sha256', notBeforeDate: new Date('2025-12-01'), notAfterDate: new Date('2027-01-01'), ...options });
  return { cert, key };
};

/** How a blob travels in the JSON protocol. */
export const blob = (text: string): string => Buffer.from(text).toString('base64');
