// What a user's code imports to point an AWS SDK v3 client at the emulator. Knows nothing of the product but its defaults.

export type EmulatorOptions = {
  /** Where the emulator listens; `nlbox env` prints it. */
  endpoint?: string;
  region?: string;
};

export type EmulatorConfig = {
  endpoint: string;
  region: string;
  /** Never verified; a client without any would fail before it asks. */
  credentials: { accessKeyId: string; secretAccessKey: string };
};

/** Settings to spread into any client: `new ElasticLoadBalancingV2Client({ ...emulatorConfig() })`. */
export const emulatorConfig = ({ endpoint = 'http://127.0.0.1:4566', region = 'us-west-2' }: EmulatorOptions = {}): EmulatorConfig => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
