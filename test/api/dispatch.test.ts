// The one door: routing, faults on the wire, kept answers, and the list of what is modelled.
import test from 'ava';
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { modelled } from '../../emulator/api/elbv2/modelled.js';
import { reads, writes } from '../../emulator/api/elbv2/operations.js';
import { authorization, createLoadBalancer, createWorld, region } from './elbv2/fixture.js';

const fault = (text: string) => /<Type>(.*)<\/Type><Code>(.*)<\/Code><Message>(.*)<\/Message>/.exec(text)?.slice(1);

test('the table of what is modelled has the SDK\'s operations, and a function for each that is', (t) => {
  const operations = Object.values(sdk).filter((one): one is never => Array.isArray(one) && one[0] === 9).map((one) => String(one[2]));
  t.is(operations.length, 51);
  t.deepEqual(Object.keys(modelled).sort(), operations.sort());
  const done = Object.entries(modelled).filter(([, yes]) => yes).map(([name]) => name);
  t.deepEqual(Object.keys({ ...reads, ...writes }).sort(), done.sort());
});

test('faults have the Query protocol\'s envelope', async (t) => {
  const { post } = await createWorld();
  const { status, text, headers } = await post('Action=DescribeLoadBalancers&Version=2015-12-01&Names.member.1=%3Cnope%3E');
  t.is(status, 400);
  t.is(headers['x-amzn-RequestId'], '00000000-0000-4000-8000-000000000000');
  t.is(
    text,
    '<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type><Code>ValidationError</Code>'
    + '<Message>The load balancer name \'&lt;nope&gt;\' can only contain characters that are alphanumeric characters and hyphens(-)</Message></Error>'
    + '<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>',
  );
});

test('requests beyond the rate are throttled in the words of each service, and the SDK tries again', async (t) => {
  const world = await createWorld({ throttle: 2 });
  const ask = async (scope: string, body: string) => {
    const { status, body: text } = await world.dispatch.answer({ body, authorization: authorization.replace('/elasticloadbalancing/', `/${scope}/`) });
    return `${status} ${/<Code>(.*)<\/Code><Message>(.*)<\/Message>/.exec(text.toString())?.slice(1).join(': ')}`;
  };
  const describe = 'Action=DescribeLoadBalancers&Version=2015-12-01';
  t.regex(await ask('elasticloadbalancing', describe), /^200/);
  t.regex(await ask('elasticloadbalancing', describe), /^200/);
  t.is(await ask('elasticloadbalancing', describe), '400 Throttling: Rate exceeded');
  const { status, output } = await world.json<{ __type: string; message: string }>('CertificateManager.ListCertificates', {});
  t.is(status, 400);
  t.regex(JSON.stringify(output), /Throttling/);
  await world.clock.advance(500);
  t.regex(await ask('elasticloadbalancing', describe), /^200/);
  const { requestHandler } = world.sdk.config;
  const client = new sdk.ElasticLoadBalancingV2Client({
    region, credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' }, endpoint: 'http://127.0.0.1:1', maxAttempts: 3,
    requestHandler: {
      handle: async (...args: Parameters<typeof requestHandler.handle>) => {
        const answered = await requestHandler.handle(...args);
        if (answered.response.statusCode !== 200) await world.clock.advance(1000);
        return answered;
      },
    } as never,
  });
  const { LoadBalancers, $metadata } = await client.send(new sdk.DescribeLoadBalancersCommand({}));
  t.deepEqual([LoadBalancers, $metadata.attempts], [[], 2]);
});

test('bad requests are named', async (t) => {
  const { post, dispatch } = await createWorld();
  const ask = async (body: string) => fault((await post(body)).text)?.slice(1);
  t.deepEqual(await ask('Version=2015-12-01'), ['MissingAction', 'The request must contain the parameter Action']);
  t.deepEqual(await ask('Action=Nope&Version=2015-12-01'), ['InvalidAction', 'Could not find operation Nope for version 2015-12-01']);
  t.deepEqual(await ask('Action=DescribeLoadBalancers&Version=2012-06-01'), ['InvalidAction', 'Could not find operation DescribeLoadBalancers for version 2012-06-01']);
  t.deepEqual(await ask('Action=CreateRule&Version=2015-12-01'), ['UnsupportedOperation', 'nlbox does not model the operation CreateRule yet']);
  t.is((await ask('Action=DescribeLoadBalancers&Action=DescribeTags'))?.[0], 'MalformedQueryString');
  t.is((await ask(''))?.[0], 'MissingAction');
  const acm = await dispatch.answer({ body: 'Action=X', authorization: authorization.replace('elasticloadbalancing', 'acm') });
  t.deepEqual(fault(acm.body.toString()), ['Sender', 'UnsupportedOperation', 'nlbox does not model the service \'acm\' yet']);
});

test('a GET carries the same parameters in its query string; without a signature the version routes', async (t) => {
  const { dispatch } = await createWorld();
  const { status, body } = await dispatch.answer({ body: '', query: 'Action=DescribeLoadBalancers&Version=2015-12-01' });
  t.is(status, 200);
  t.true(body.toString().includes('<LoadBalancers/>'));
});

test('the region of the signature is the region of the state', async (t) => {
  const world = await createWorld();
  await createLoadBalancer(world);
  const elsewhere = await world.dispatch.answer({ body: 'Action=DescribeLoadBalancers&Version=2015-12-01', authorization: authorization.replace('us-west-2', 'eu-west-1') });
  t.true(elsewhere.body.toString().includes('<LoadBalancers/>'));
  t.deepEqual((await world.dispatch.elbv2Api('eu-west-1').DescribeLoadBalancers({})).LoadBalancers, []);
});

test('another service is reached by scope, version or action, and writes its own faults', async (t) => {
  const world = await createWorld();
  const { createDispatch } = await import('../../emulator/api/dispatch.js');
  const { AwsFault } = await import('../../emulator/wire/fault.js');
  const render = (text: string, status = 200) => ({ status, head: Buffer.from(`${text} `), tail: Buffer.from('') });
  const dispatch = createDispatch({
    store: world.store, vpc: world.vpc, health: world.health, clock: world.clock, account: '123456789012', region: 'us-west-2', octet: 43, quotas: {},
    timing: (await import('../../emulator/config.js')).timingProfiles.fast,
    log: (await import('../../emulator/log.js')).silentLog,
    services: {
      toy: {
        version: '2000-01-01',
        actions: new Set(['Play', 'Break', 'Crash']),
        answer: ({ action }) => {
          if (action === 'Break') throw new AwsFault('Broken', 'it broke');
          if (action === 'Crash') throw new Error('a bug');
          return render(action);
        },
        renderFault: ({ code, status }) => render(code, status),
      },
    },
  });
  const ask = async (body: string, name?: string) => {
    const answer = await dispatch.answer({ body, authorization: name && authorization.replace('elasticloadbalancing', name) });
    return `${answer.status} ${answer.body.toString().split(' ')[0]}`;
  };
  t.is(await ask('Action=Play'), '200 Play');
  t.is(await ask('Version=2000-01-01&Action=Play'), '200 Play');
  t.is(await ask('Action=Play', 'toy'), '200 Play');
  t.is(await ask('Action=Break', 'toy'), '400 Broken');
  t.is(await ask('Action=Crash', 'toy'), '500 InternalFailure');
  t.is(await ask('Action=Nope', 'toy'), '400 InvalidAction');
});

test('a kept answer is dropped by a write, and gets the request id of its request', async (t) => {
  const world = await createWorld();
  const body = 'Action=DescribeLoadBalancers&Version=2015-12-01';
  const before = (await world.post(body)).text;
  t.is((await world.post(body)).text, before);
  await createLoadBalancer(world);
  t.true((await world.post(body)).text.includes('my-nlb'));
});

test('more parameters, deeper ones and longer lists than any client sends are refused in the words of the service', async (t) => {
  const { post, json, dispatch } = await createWorld();
  const ask = async (body: string) => fault((await post(body)).text)?.slice(1);
  const action = 'Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=x';
  const many = (count: number) => Array.from({ length: count }, (_, index) => `&Targets.member.${index + 1}.Id=10.42.0.1`).join('');
  t.deepEqual(await ask(action + many(1000)), ['ValidationError', '\'x\' is not a valid target group ARN']);
  t.deepEqual(await ask(action + many(20_001)), ['MalformedQueryString', 'The request has more than 20000 parameters or a parameter nested deeper than 20 levels']);
  t.is((await ask(`${action}&${'A.'.repeat(30)}B=1`))?.[0], 'MalformedQueryString');
  t.is((await ask(`${action}&Targets.member.1.Id=a&Targets.member.1.Id=b`))?.[0], 'MalformedQueryString');
  t.is((await ask(`${action}&__proto__.Targets=1&constructor.prototype.x=1`))?.[0], 'ValidationError', 'names of JavaScript are names like any other');
  t.like(await json('ResourceGroupsTaggingAPI_20170126.GetResources', { TagFilters: Array.from({ length: 1001 }, () => ({ Key: 'a' })) }), { status: 400, output: { __type: 'InvalidParameterException' } });
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const nested = await dispatch.answer({ body: `{"TagFilters":${deep}}`, target: 'ResourceGroupsTaggingAPI_20170126.GetResources', authorization });
  t.is(nested.status, 400);
});
