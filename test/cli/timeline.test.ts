// The history that a run keeps, and how it is joined with what Kubernetes remembers.
import test from 'ava';
import { joined, type TimelineFacts } from '../../emulator/cli/timeline/join.js';
import { manualClock } from '../../emulator/clock.js';
import type { HealthView, TargetHealth } from '../../emulator/dataplane/types.js';
import { createHistory } from '../../emulator/main/history.js';

const arn = 'arn:aws:elasticloadbalancing:us-west-2:000000000000:targetgroup/k8s-ui-uinlb-20b2823938/0123456789abcdef';
const tags = [{ Key: 'service.k8s.aws/stack', Value: 'ui/ui-nlb' }];

test('changing calls are written down with their resources and stack, reading ones are not', async (t) => {
  const history = createHistory(manualClock());
  const api = history.noting({
    DescribeTags: async () => ({}),
    CreateTargetGroup: async (_: object) => ({ TargetGroups: [{ TargetGroupArn: arn }] }),
    DeleteTargetGroup: async (_: object) => Promise.reject(Object.assign(new Error('in use'), { code: 'ResourceInUse' })),
  });
  await api.DescribeTags();
  await api.CreateTargetGroup({ Tags: tags });
  await t.throwsAsync(api.DeleteTargetGroup({ TargetGroupArn: arn }), { message: 'in use' });
  t.like(history.records().calls, { length: 2, 0: { action: 'CreateTargetGroup', via: 'controller', stack: 'ui/ui-nlb', resources: [arn] }, 1: { action: 'DeleteTargetGroup', error: 'ResourceInUse: in use', resources: [arn] } });
});

test('calls over HTTP too, refusals with AWS\'s words', async (t) => {
  const history = createHistory(manualClock());
  const answers = ['<a>', `<TargetGroupArn>${arn}</TargetGroupArn>`, '<Error><Code>ValidationError</Code><Message>no</Message></Error>'];
  const answer = history.notingHttp(async ({ body }: { body: string }) => ({ status: body.includes('Delete') ? 400 : 200, body: answers.shift() ?? '' }));
  await answer({ body: 'Action=DescribeTags&Version=1' });
  await answer({ body: 'Action=CreateTargetGroup&Tags.member.1.Key=service.k8s.aws%2Fstack&Tags.member.1.Value=ui%2Fui-nlb' });
  await answer({ body: `Action=DeleteTargetGroup&TargetGroupArn=${encodeURIComponent(arn)}` });
  t.like(history.records().calls, { length: 2, 0: { via: 'http', stack: 'ui/ui-nlb', resources: [arn] }, 1: { error: 'ValidationError: no', resources: [arn] } });
});

test('the history is bounded, its newest part stays', async (t) => {
  const history = createHistory(manualClock());
  const api = history.noting({ AddTags: async (input: { n: string }) => input });
  for (let n = 0; n < 5_000; n += 1) await api.AddTags({ n: `sg-${String(n).padStart(8, '0')}` });
  const { calls } = history.records();
  t.true(calls.length <= 2_000);
  t.deepEqual(calls.at(-1)?.resources, ['sg-00004999']);
});

test('each change of a target\'s health is written down with what the probe saw', (t) => {
  const history = createHistory(manualClock());
  let tell = (_pool: string, _target: string): void => {};
  let now: TargetHealth | undefined = { status: 'unhealthy', since: 5, history: [{ at: 5, ok: false, saw: 'HTTP 503' }] };
  const view: HealthView = { of: () => now, revision: () => 0, onChange: (fn) => ((tell = fn), () => {}) };
  history.follow(view);
  tell(arn, '10.42.1.2|8080');
  now = undefined;
  tell(arn, '10.42.1.2|8080');
  t.deepEqual(history.records().health, [{ at: 5, TargetGroupArn: arn, target: '10.42.1.2:8080', status: 'unhealthy', saw: 'HTTP 503' }]);
});

const at = (seconds: number): number => Date.UTC(2026, 0, 1, 0, 0, seconds);
const facts: TimelineFacts = {
  stack: 'ui/ui-nlb',
  service: { creationTimestamp: '2026-01-01T00:00:01Z', managedFields: [{ manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:09Z', fieldsV1: { 'f:metadata': { 'f:annotations': {} } } }] },
  events: [{ first: '2026-01-01T00:00:01Z', last: '2026-01-01T00:00:10Z', type: 'Normal', reason: 'SuccessfullyReconciled', message: 'Successfully reconciled', count: 2, about: 'Service ui-nlb' }],
  resources: [],
  history: {
    calls: [
      { at: at(1), via: 'controller', action: 'CreateTargetGroup', resources: [arn], stack: 'ui/ui-nlb' },
      { at: at(2), via: 'controller', action: 'RegisterTargets', resources: [arn] },
      { at: at(3), via: 'http', action: 'CreateTargetGroup', resources: [`${arn}-other`], stack: 'ui/other' },
      { at: at(4), via: 'http', action: 'DeregisterTargets', resources: [arn], error: 'InvalidTarget: no' },
    ],
    health: [{ at: at(5), TargetGroupArn: arn, target: '10.42.1.2:8080', status: 'healthy', saw: 'connected' }, { at: at(6), TargetGroupArn: 'arn:x', target: 'x', status: 'healthy' }],
  },
};

test('one line for each moment, others\' left out', (t) => {
  t.deepEqual(joined(facts).map(({ source, what }) => `${source}: ${what}`), [
    'service: created',
    'aws: CreateTargetGroup k8s-ui-uinlb-20b2823938',
    'event: Service ui-nlb: Normal SuccessfullyReconciled: Successfully reconciled',
    'aws: RegisterTargets k8s-ui-uinlb-20b2823938',
    'aws: DeregisterTargets k8s-ui-uinlb-20b2823938 (over HTTP): InvalidTarget: no',
    'target: 10.42.1.2:8080 of k8s-ui-uinlb-20b2823938 is healthy (connected)',
    'service: changed by kubectl: metadata.annotations',
    'event: Service ui-nlb: Normal SuccessfullyReconciled: Successfully reconciled (2 times by now)',
  ]);
});
