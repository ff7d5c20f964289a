// A test of one's own code without sockets: an AWS that lives in this process. Run it with `node out/sdk-shim/examples/in-process.js`.
import { CreateTargetGroupCommand, DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createEndpoint } from 'nlbox/endpoint';
import { emulatorConfig } from 'nlbox';
import { inProcessHandler } from 'nlbox/in-process';

const endpoint = await createEndpoint({ timing: 'instant' });
const client = new ElasticLoadBalancingV2Client({ ...emulatorConfig(), requestHandler: inProcessHandler(endpoint) });

await client.send(new CreateTargetGroupCommand({ Name: 'web', Protocol: 'TCP', Port: 80, TargetType: 'ip', VpcId: endpoint.vpcId }));
const { TargetGroups } = await client.send(new DescribeTargetGroupsCommand({}));
process.stdout.write(`${TargetGroups?.map((group) => group.TargetGroupName).join(' ')}\n`);
await endpoint.close();
