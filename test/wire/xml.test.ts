// Outputs and faults as XML, the hole for the request id, and the scope of a signature.
import test from 'ava';
import { DescribeLoadBalancersOutput$, DescribeTargetGroupsOutput$ } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault } from '../../emulator/wire/fault.js';
import { credentialScope } from '../../emulator/wire/scope.js';
import { renderFault, renderResult, withRequestId } from '../../emulator/wire/xml.js';

const namespace = 'http://example/';

test('empty lists are elements, absent fields are not, texts are escaped, times have milliseconds', (t) => {
  const groups = renderResult(namespace, 'DescribeTargetGroups', DescribeTargetGroupsOutput$, { TargetGroups: [{ TargetGroupName: '<a>&"', LoadBalancerArns: [], Port: undefined }] });
  t.is(
    withRequestId(groups, 'id-1').toString(),
    '<DescribeTargetGroupsResponse xmlns="http://example/"><DescribeTargetGroupsResult><TargetGroups><member><TargetGroupName>&lt;a&gt;&amp;&quot;</TargetGroupName><LoadBalancerArns/></member></TargetGroups>'
    + '</DescribeTargetGroupsResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DescribeTargetGroupsResponse>',
  );
  t.true(withRequestId(groups, 'id-2').includes('<RequestId>id-2</RequestId>'));
  const times = renderResult(namespace, 'DescribeLoadBalancers', DescribeLoadBalancersOutput$, {
    LoadBalancers: [{ CreatedTime: new Date(0) }, { CreatedTime: new Date(7) }, { LoadBalancerName: '<CreatedTime>1970-01-01T00:00:00Z</CreatedTime>' }],
  });
  const text = withRequestId(times, '').toString();
  t.true(text.includes('<CreatedTime>1970-01-01T00:00:00.000Z<') && text.includes('<CreatedTime>1970-01-01T00:00:00.007Z<'), text);
  t.true(text.includes('&lt;CreatedTime&gt;1970-01-01T00:00:00Z&lt;'), 'a user\'s text is left alone');
});

test('an empty output is an empty result, also when a user\'s text holds the hole', (t) => {
  const rendered = renderResult(namespace, 'DescribeTargetGroups', DescribeTargetGroupsOutput$, { NextMarker: '<RequestId></RequestId>' });
  t.true(withRequestId(rendered, 'X').toString().endsWith('<RequestId>X</RequestId></ResponseMetadata></DescribeTargetGroupsResponse>'));
  t.true(withRequestId(renderResult(namespace, 'Op', DescribeTargetGroupsOutput$, {}), 'X').includes('<OpResult/>'));
});

test('a fault of ours is the receiver\'s', (t) => {
  const { status, head } = renderFault(namespace, new AwsFault('InternalFailure', 'x', 500));
  t.is(status, 500);
  t.true(head.includes('<Type>Receiver</Type>'));
});

test('quotes in a fault are plain, as AWS writes them; what a user wrote as an entity stays what it is', (t) => {
  const rendered = renderFault(namespace, new AwsFault('ValidationError', `'a' "b" &apos; <c>`));
  t.true(withRequestId(rendered, '').includes(`<Message>'a' "b" &amp;apos; &lt;c&gt;</Message>`), rendered.head.toString());
});

test('scope: header, presigned query, nonsense', (t) => {
  const header = 'AWS4-HMAC-SHA256 Credential=AKID/20260101/ap-northeast-2/ec2/aws4_request, SignedHeaders=host, Signature=0';
  t.deepEqual(credentialScope(header), { account: undefined, region: 'ap-northeast-2', service: 'ec2' });
  t.deepEqual(credentialScope(undefined, 'X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fsts%2Faws4_request'), { account: undefined, region: 'us-east-1', service: 'sts' });
  t.is(credentialScope(header.replace('AKID', '111122223333')).account, '111122223333');
  for (const odd of [undefined, '', 'Basic eDp5', 'AWS4-HMAC-SHA256 Credential=nope', 'AWS4-HMAC-SHA256 Credential=a/1/../x/aws4_request']) {
    t.deepEqual(credentialScope(odd), { account: undefined, region: undefined, service: undefined });
  }
});
