// The mark on a TargetGroupBinding that says "these endpoints and this spec are done": an equal mark makes a pass free. Pure.
import { createHash } from 'node:crypto';
import type { TargetGroupBinding } from '../kube/types.js';
import type { Endpoint } from './endpoints.js';

export const checkpointKey = 'elbv2.k8s.aws/checkpoint';
export const checkpointTimeKey = 'elbv2.k8s.aws/checkpoint-timestamp';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

export const checkpointOf = (endpoints: readonly Endpoint[], { spec }: TargetGroupBinding): string =>
  `${digest(endpoints.map(({ identity }) => identity).sort().join(','))}/${digest(JSON.stringify(spec))}`;

export const storedCheckpoint = ({ metadata }: TargetGroupBinding): string => metadata.annotations?.[checkpointKey] ?? '';

/** Milliseconds since the mark was made; endless for a mark without a time. */
export const checkpointAge = ({ metadata }: TargetGroupBinding, now: number): number => now - Number(metadata.annotations?.[checkpointTimeKey] ?? -Infinity) * 1000;
