// Where datagrams of a load balancer do not arrive, and what is said of it. Pure.
import type { Cluster } from '../clusters/types.js';

export type Lost = NonNullable<Cluster['withoutDatagrams']>;

const remedyOf = (lost: Lost): string => (lost.includes('nodes') ? 'its UDP ports answer nobody here' : 'use nlb-target-type instance: datagrams get to the nodes');

/** What is to be said of it, whoever asks. Pure. */
export const lostWords = (lost: Lost): string => `datagrams do not get to the ${lost.join(' and ')} of this cluster, which are reached by port-forward only: ${remedyOf(lost)}`;
