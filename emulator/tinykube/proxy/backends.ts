// Which pods a port of a Service may forward to, in kube-proxy's order of preference; pure.
import type { EndpointSlice, ServicePort } from '../controllers/kinds.js';

/** A socket's end on this machine. */
export type Place = { host: string; port: number };

export type Backend = { address: string; port: number; nodeName: string | undefined; ready: boolean; serving: boolean; terminating: boolean };

/** The endpoints of one port of a Service, out of its slices. */
export const backendsOf = (slices: readonly EndpointSlice[], servicePort: ServicePort): Backend[] =>
  slices.flatMap((slice) => {
    const port = (slice.ports ?? []).find((one) => (one.name ?? '') === (servicePort.name ?? '') && (one.protocol ?? 'TCP') === (servicePort.protocol ?? 'TCP'))?.port;
    if (port === undefined) return [];
    return (slice.endpoints ?? []).flatMap(({ addresses, nodeName, conditions }) => {
      const address = addresses[0];
      if (address === undefined) return [];
      const ready = conditions?.ready ?? true;
      return [{ address, port, nodeName, ready, serving: conditions?.serving ?? ready, terminating: conditions?.terminating ?? false }];
    });
  });

/** Ready ones; without any, those that still serve while they go away. With a node, its own pods only. */
export const usable = (backends: readonly Backend[], node?: string): Backend[] => {
  const near = node === undefined ? backends : backends.filter(({ nodeName }) => nodeName === node);
  const ready = near.filter((backend) => backend.ready);
  return ready.length > 0 ? [...ready] : near.filter((backend) => backend.serving && backend.terminating);
};
