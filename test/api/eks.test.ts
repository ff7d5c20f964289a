// EKS: the one cluster, REST shapes and faults, and which bearer tokens are those of `aws eks get-token`.
import test from 'ava';
import { answerOther } from '../../emulator/api/others.js';
import { createEks } from '../../emulator/api/eks/service.js';
import { isEksToken } from '../../emulator/api/eks/token.js';
import { createVpc } from '../../emulator/state/vpc.js';
import { AwsFault } from '../../emulator/wire/fault.js';

const now = Date.UTC(2026, 0, 1, 12);
const vpc = createVpc('us-west-2', '1', 'eks-workshop');
const facts = { endpoint: 'https://127.0.0.1:6443', certificateAuthority: 'Q0E=', version: '1.33', createdAt: now };

const ask = async (path: string, options: { region?: string; method?: string; query?: string; there?: boolean } = {}) => {
  const eks = createEks({ vpc, clusterName: 'eks-workshop', cluster: () => (options.there === false ? undefined : facts) });
  const request = { method: options.method ?? 'GET', path, query: options.query ?? '', target: undefined, body: '', service: 'eks' };
  const { status, body, headers } = await answerOther({ rest: [eks] }, { account: '1', region: options.region ?? 'us-west-2' }, request, (error) => error as AwsFault);
  return { status, headers, output: JSON.parse(body) as Record<string, unknown> };
};

test('the cluster is listed and described as EKS does', async (t) => {
  t.deepEqual((await ask('/clusters')).output, { clusters: ['eks-workshop'] });
  t.like((await ask('/clusters/eks-workshop')).output['cluster'], {
    name: 'eks-workshop', arn: 'arn:aws:eks:us-west-2:1:cluster/eks-workshop', status: 'ACTIVE', version: '1.33', endpoint: facts.endpoint, certificateAuthority: { data: 'Q0E=' },
  });
  t.deepEqual((await ask('/clusters', { region: 'eu-west-1' })).output, { clusters: [] });
  t.deepEqual((await ask('/clusters', { there: false })).output, { clusters: [] });
  const gone = await ask('/clusters/nope');
  t.deepEqual([gone.status, gone.headers['x-amzn-ErrorType'], gone.output], [404, 'ResourceNotFoundException', { message: 'No cluster found for name: nope.' }]);
  t.is((await ask('/clusters', { query: 'maxResults=0' })).headers['x-amzn-ErrorType'], 'InvalidParameterException');
  t.is((await ask('/clusters/%')).status, 400);
  t.is((await ask('/clusters', { method: 'POST' })).status, 404);
});

const tokenOf = (query: Record<string, string>): string => `k8s-aws-v1.${Buffer.from(`https://sts.us-west-2.amazonaws.com/?${new URLSearchParams(query)}`).toString('base64url')}`;
const signed = {
  Action: 'GetCallerIdentity', Version: '2011-06-15', 'X-Amz-Credential': 'AKID/20260101/us-west-2/sts/aws4_request', 'X-Amz-Date': '20260101T120000Z',
  'X-Amz-Expires': '60', 'X-Amz-SignedHeaders': 'host;x-k8s-aws-id', 'X-Amz-Signature': '0',
};

test('a token is one of get-token for fourteen minutes, and nothing else is', (t) => {
  t.true(isEksToken(tokenOf(signed), now));
  t.true(isEksToken(tokenOf(signed), now + 14 * 60_000));
  t.false(isEksToken(tokenOf(signed), now + 15 * 60_000));
  t.false(isEksToken(tokenOf(signed), now - 6 * 60_000));
  t.false(isEksToken(tokenOf({ ...signed, Action: 'AssumeRole' }), now));
  t.false(isEksToken(tokenOf({ ...signed, 'X-Amz-SignedHeaders': 'host' }), now));
  t.false(isEksToken(tokenOf({ ...signed, 'X-Amz-Date': 'x' }), now));
  for (const junk of ['', 'k8s-aws-v1.', 'k8s-aws-v1.!!', 'x', tokenOf(signed).slice(5)]) t.false(isEksToken(junk, now), junk);
});
