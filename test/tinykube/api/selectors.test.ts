import test from 'ava';
import { StatusError } from '../../../emulator/tinykube/status.js';
import type { KubeObject } from '../../../emulator/tinykube/types.js';
import { fieldSelector, labelSelector } from '../../../emulator/tinykube/api/selectors.js';

const matching = (selector: string, labels: Record<string, string>): boolean => labelSelector(selector)(labels);

test('equality, sets, presence and absence', (t) => {
  const labels = { app: 'web', tier: 'front' };
  const yes = ['app=web', 'app==web', 'app!=db', 'other!=x', 'app in (web,db)', 'app notin (db)', 'other notin (x)', 'app', '!other', 'app=web,tier in (front),!x', ''];
  for (const selector of yes) t.true(matching(selector, labels), selector);
  const no = ['app=db', 'app!=web', 'app in (db)', 'app notin (web,db)', 'other', '!app', 'app=web,tier=back', 'kubernetes.io/x=y'];
  for (const selector of no) t.false(matching(selector, labels), selector);
});

test('a selector that does not parse says what was expected', (t) => {
  const error = t.throws(() => labelSelector('app in ('), { instanceOf: StatusError });
  t.is(error?.status.message, "unable to parse requirement: found '', expected: ',', ')' or identifier");
  t.is(error?.status.code, 400);
});

test('fields by resource; an unsupported one is refused', (t) => {
  const pod = { metadata: { name: 'p' }, spec: { nodeName: 'n' }, status: { phase: 'Running' } } as unknown as KubeObject;
  t.true(fieldSelector('pods', 'spec.nodeName=n,status.phase!=Failed,metadata.name=p')(pod));
  t.false(fieldSelector('pods', 'status.phase!=Running')(pod));
  const error = t.throws(() => fieldSelector('services', 'spec.bogus=1'), { instanceOf: StatusError });
  t.is(error?.status.message, 'field label not supported: spec.bogus');
});
