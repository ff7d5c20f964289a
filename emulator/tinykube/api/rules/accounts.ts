// What the ServiceAccount admission does to a pod: its account must be there, and its token is mounted.
import { forbidden } from '../../status.js';
import { at, fields, items, text, type Fields } from '../json.js';
import { suffix } from './names.js';
import type { RuleContext } from './rule.js';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

const tokenVolume = (name: string): Fields => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});

/** Adds the volume with the account's token, and mounts it where nothing else is. */
export const mountToken = (spec: Fields): void => {
  if (spec.automountServiceAccountToken === false) return;
  const name = `kube-api-access-${suffix()}`;
  let used = false;
  for (const container of [...items(spec.containers), ...items(spec.initContainers)]) {
    const mounts = items(container.volumeMounts);
    if (mounts.some((mount) => mount.mountPath === tokenPath)) continue;
    container.volumeMounts = [...mounts, { name, mountPath: tokenPath, readOnly: true }];
    used = true;
  }
  if (used) spec.volumes = [...items(spec.volumes), tokenVolume(name)];
};

/** A pod of an account that is not there stays out; `default` comes by itself with each namespace. */
export const checkAccount = (pod: Fields, { store }: RuleContext): void => {
  const account = text(at(pod, 'spec', 'serviceAccountName'));
  const { name, generateName, namespace } = fields(pod.metadata);
  if (account === 'default' || store.get('serviceaccounts', text(namespace), account)) return;
  throw forbidden({ group: '', plural: 'pods', kind: 'Pod' }, text(generateName) || text(name), `error looking up service account ${text(namespace)}/${account}: serviceaccount "${account}" not found`);
};
