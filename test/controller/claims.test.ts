import test from 'ava';
import { isPendingFinalization, isSupported, matters, targetTypeOf } from '../../emulator/controller/claims.js';
import { defaultFlags } from '../../emulator/controller/flags.js';
import type { Service } from '../../emulator/kube/types.js';

const prefix = 'service.beta.kubernetes.io/';
type Wish = { type?: string; target?: string; class?: string; kind?: string; deleted?: boolean; finalizer?: boolean };

const service = (wish: Wish, extra: Partial<Service['spec']> = {}): Service => ({
  metadata: {
    namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z',
    ...(wish.deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    ...(wish.finalizer ? { finalizers: ['service.k8s.aws/resources'] } : {}),
    annotations: {
      ...(wish.type === undefined ? {} : { [`${prefix}aws-load-balancer-type`]: wish.type }),
      ...(wish.target === undefined ? {} : { [`${prefix}aws-load-balancer-nlb-target-type`]: wish.target }),
    },
  },
  spec: { type: wish.kind ?? 'LoadBalancer', ...(wish.class === undefined ? {} : { loadBalancerClass: wish.class }), ...extra },
});

const table: [Wish, supported: boolean, targetType?: 'instance' | 'ip'][] = [
  [{}, false],
  [{ type: 'nlb' }, false],
  [{ type: 'external' }, false],
  [{ type: 'external', target: 'foo' }, false],
  [{ type: 'external', target: 'ip' }, true, 'ip'],
  [{ type: 'external', target: 'instance' }, true, 'instance'],
  [{ type: 'External', target: 'ip' }, false],
  [{ type: 'nlb-ip' }, true, 'ip'],
  [{ type: 'nlb-ip', target: 'instance' }, true, 'ip'],
  [{ class: 'service.k8s.aws/nlb' }, true, 'instance'],
  [{ class: 'service.k8s.aws/nlb', target: 'ip' }, true, 'ip'],
  [{ class: 'service.k8s.aws/nlb', target: 'foo' }, true, 'instance'],
  [{ class: 'service.k8s.aws/nlb', type: 'nlb-ip' }, true, 'ip'],
  [{ class: 'other/class', type: 'external', target: 'ip' }, false],
  [{ type: 'external', target: 'ip', kind: 'NodePort' }, true, 'ip'],
  [{ type: 'external', target: 'ip', kind: 'ClusterIP' }, true, 'ip'],
  [{ type: 'external', target: 'ip', deleted: true }, false],
];
for (const [wish, supported, targetType] of table) {
  test(`claim ${JSON.stringify(wish)}`, (t) => {
    t.is(isSupported(service(wish), defaultFlags), supported);
    if (targetType) t.is(targetTypeOf(service(wish), defaultFlags), targetType);
  });
}

test('with the gate only type LoadBalancer counts', (t) => {
  const flags = { ...defaultFlags, serviceTypeLoadBalancerOnly: true };
  t.false(isSupported(service({ type: 'external', target: 'ip', kind: 'NodePort' }), flags));
  t.true(isSupported(service({ type: 'external', target: 'ip' }), flags));
});

const ours: Wish = { type: 'external', target: 'ip' };

test('what asks for a pass', (t) => {
  const plain = service(ours);
  t.true(matters(undefined, plain, defaultFlags));
  t.false(matters(undefined, service({}), defaultFlags));
  t.true(matters(undefined, service({ finalizer: true }), defaultFlags));
  t.false(matters(plain, undefined, defaultFlags));
  t.true(matters(plain, service(ours, { ports: [{ port: 81 }] }), defaultFlags));
  t.true(matters(plain, service({ ...ours, target: 'instance' }), defaultFlags));
  t.true(matters(service({ ...ours, finalizer: true }), service({ ...ours, finalizer: true, deleted: true }), defaultFlags));
});

test('labels, status and finalizers alone do not', (t) => {
  const plain = service(ours);
  const labelled = { ...plain, metadata: { ...plain.metadata, labels: { a: 'b' }, resourceVersion: '2', finalizers: ['service.k8s.aws/resources'] } };
  t.true(isPendingFinalization(labelled));
  t.false(matters(plain, labelled, defaultFlags));
  t.false(matters(plain, { ...plain, status: { loadBalancer: { ingress: [{ hostname: 'x' }] } } }, defaultFlags));
});
