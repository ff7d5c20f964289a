import test from 'ava';
import fc from 'fast-check';
import { changedEntries, match, sameSet } from '../../emulator/controller/match.js';
import { tagChanges } from '../../emulator/controller/tags.js';

const byId = (desired: string[], actual: { id: string; kind?: string }[], kind?: string) =>
  match({ desired, actual, desiredId: (one) => one, actualId: ({ id }) => id, compatible: (_, one) => one.kind === kind });

test('three lists', (t) => {
  t.deepEqual(byId(['a', 'b'], [{ id: 'b' }, { id: 'c' }]), { matched: [['b', { id: 'b' }]], missing: ['a'], surplus: [{ id: 'c' }] });
});

test('an interrupted replacement: the compatible one stays, the other is surplus', (t) => {
  const old = { id: 'a', kind: 'instance' };
  const made = { id: 'a', kind: 'ip' };
  t.deepEqual(byId(['a'], [old, made], 'ip'), { matched: [['a', made]], missing: [], surplus: [old] });
  t.deepEqual(byId(['a'], [old], 'ip'), { matched: [], missing: ['a'], surplus: [old] });
});

test('every desired and every actual is in exactly one list', (t) => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: 9 }).map(String));
  fc.assert(fc.property(ids, ids, (desired, actual) => {
    const { matched, missing, surplus } = byId(desired, actual.map((id) => ({ id })));
    t.deepEqual([...matched.map(([one]) => one), ...missing].sort(), [...desired].sort());
    t.deepEqual([...matched.map(([, { id }]) => id), ...surplus.map(({ id }) => id)].sort(), [...actual].sort());
  }));
});

test('entries and sets', (t) => {
  t.deepEqual(changedEntries({ a: '1', b: '2' }, { a: '1', c: '3' }), { b: '2' });
  t.true(sameSet(['a', 'b'], ['b', 'a', 'a']));
  t.false(sameSet(['a'], ['a', 'b']));
});

test('foreign tags go, AWS\'s own and agreed ones stay', (t) => {
  const flags = { clusterName: 'c', externalManagedTags: ['cost'] };
  const present = { same: '1', other: 'old', 'aws:x': '1', cost: '1', 'kubernetes.io/cluster/c': 'owned', 'kubernetes.io/cluster/d': 'owned', foreign: '1' };
  t.deepEqual(tagChanges({ same: '1', other: 'new', more: '1' }, present, flags), { add: { other: 'new', more: '1' }, remove: ['foreign', 'kubernetes.io/cluster/d'] });
});
