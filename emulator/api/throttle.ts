// What AWS says to who asks too often: one bucket of requests for each account and region, refilled as time goes by.
import type { Clock } from '../clock.js';
import { AwsFault } from '../wire/fault.js';
import type { Scope } from './service.js';

// Each service has words of its own, and clients know all of them as a reason to try again later.
const throttled = (service: string | undefined): AwsFault => {
  if (service === 'ec2') return new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', 503);
  const isJson = service === 'acm' || service === 'tagging' || service === 'eks';
  return new AwsFault(isJson ? 'ThrottlingException' : 'Throttling', 'Rate exceeded');
};

type Bucket = { tokens: number; at: number };

/** Throws for each request beyond so many per second, of which a second's worth may come at once; lets all pass when no number is given. */
export const createThrottle = (perSecond: number | undefined, clock: Pick<Clock, 'now'>): ((scope: Scope, service: string | undefined) => void) => {
  if (perSecond === undefined) return () => {};
  const most = Math.max(1, perSecond);
  const buckets = new Map<string, Bucket>();
  return ({ account, region }, service) => {
    const now = clock.now();
    const key = `${account}/${region}`;
    const { tokens, at } = buckets.get(key) ?? { tokens: most, at: now };
    const filled = Math.min(most, tokens + ((now - at) / 1000) * perSecond);
    const isEnough = filled >= 1;
    buckets.set(key, { tokens: isEnough ? filled - 1 : filled, at: now });
    if (!isEnough) throw throttled(service);
  };
};
