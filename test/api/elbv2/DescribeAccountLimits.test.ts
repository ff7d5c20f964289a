// DescribeAccountLimits: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeAccountLimitsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createWorld, refusal } from './fixture.js';

test('shape: names, and maxima as texts', async (t) => {
  const world = await createWorld();
  const { Limits, NextMarker } = await world.sdk.send(new DescribeAccountLimitsCommand({}));
  t.is(NextMarker, undefined);
  t.is(Limits?.length, 23);
  for (const [Name, Max] of [['network-load-balancers', '50'], ['targets-per-network-load-balancer', '3000'], ['certificates-per-network-load-balancer', '25'], ['network-load-balancer-enis-per-vpc', '1200']] as const) {
    t.true(Limits?.some((one) => one.Name === Name && one.Max === Max), Name);
  }
});

test('checks: page sizes', async (t) => {
  const world = await createWorld();
  const no = (input: object) => refusal(world.dispatch.call({ account: '1', region: 'us-west-2' }, 'DescribeAccountLimits', input));
  t.regex(await no({ PageSize: 0 }), /'pageSize' failed to satisfy constraint: Member must have value greater than or equal to 1/);
  t.is(await no({ Marker: 'x' }), 'ValidationError: The marker \'x\' is not valid');
});

test('function: they follow the configuration, page by page', async (t) => {
  const world = await createWorld({ quotas: { 'network-load-balancers': 1000 } });
  const { text } = await world.post('Action=DescribeAccountLimits&Version=2015-12-01');
  t.true(text.includes('<member><Name>network-load-balancers</Name><Max>1000</Max></member>'), text);
  const page = await world.sdk.send(new DescribeAccountLimitsCommand({ PageSize: 20 }));
  const rest = await world.sdk.send(new DescribeAccountLimitsCommand({ PageSize: 20, Marker: page.NextMarker }));
  t.deepEqual([page.Limits?.length, rest.Limits?.length, rest.NextMarker], [20, 3, undefined]);
});
