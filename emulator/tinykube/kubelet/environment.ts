// A container's environment as the kubelet makes it: literals, $(references), fields of the pod, ConfigMaps and Secrets.
import type { Api, KubeObject } from '../types.js';
import type { Container, EnvSource, Pod } from '../controllers/kinds.js';

export type Surroundings = { api: Api; pod: Pod; podIP: string; hostIP: string; listen: string };

/** `$(NAME)` replaced where NAME is known, `$$` is one dollar. */
export const expand = (text: string, known: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name: string | undefined) => (name === undefined ? '$' : (known[name] ?? whole)));

const fieldOf = ({ pod, podIP, hostIP }: Surroundings, path: string): string => {
  const own: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': String((pod.spec as Record<string, unknown>)['serviceAccountName'] ?? 'default'),
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.hostIP': hostIP,
  };
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  return own[path] ?? (map ? pod.metadata[map as 'labels' | 'annotations']?.[key ?? ''] : undefined) ?? '';
};

const dataOf = (object: KubeObject | undefined): Record<string, string> => {
  const data = (object?.['data'] ?? {}) as Record<string, string>;
  if (object?.kind !== 'Secret') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
};

const sourced = (around: Surroundings, source: EnvSource): string | undefined => {
  const { api, pod } = around;
  const { fieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) return fieldOf(around, fieldRef.fieldPath);
  if (configMapKeyRef) return dataOf(api.get('configmaps', pod.metadata.namespace, configMapKeyRef.name ?? ''))[configMapKeyRef.key];
  if (secretKeyRef) return dataOf(api.get('secrets', pod.metadata.namespace, secretKeyRef.name ?? ''))[secretKeyRef.key];
  return undefined;
};

/** The whole environment. POD_IP_LOCAL is ours: the loopback address that stands for the pod's, to listen on. */
export const environmentOf = (around: Surroundings, container: Container): Record<string, string> => {
  const { api, pod } = around;
  const env: Record<string, string> = { POD_IP_LOCAL: around.listen };
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const from = configMapRef ? api.get('configmaps', pod.metadata.namespace, configMapRef.name ?? '') : api.get('secrets', pod.metadata.namespace, secretRef?.name ?? '');
    for (const [key, value] of Object.entries(dataOf(from))) env[`${prefix}${key}`] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const given = valueFrom ? sourced(around, valueFrom) : expand(value ?? '', env);
    if (given !== undefined) env[name] = given;
  }
  return env;
};
