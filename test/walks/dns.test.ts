// The DNS responder of a running nlbox: with one healthy pod, DNS gives the address of its zone and no other, and traffic arrives there.
import { createSocket } from 'node:dgram';
import net from 'node:net';
import test, { type ExecutionContext } from 'ava';
import packet, { type DecodedPacket, type StringAnswer } from 'dns-packet';
import type { Info } from '../../emulator/main.js';
import { eventually, missingTool, startNlbox } from '../support/nlbox.js';

const missing = missingTool('kubectl', 'curl');

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

const ask = async (port: number, name: string, from = '127.0.0.1'): Promise<string[]> => {
  const bytes = await new Promise<Buffer>((resolve) => {
    const socket = createSocket('udp4').once('message', (answer) => (socket.close(), resolve(answer)));
    socket.bind(0, from, () => socket.send(packet.encode({ type: 'query', id: 1, questions: [{ type: 'A', name }] }), port, '127.0.0.1'));
  });
  return ((packet.decode(bytes) as DecodedPacket).answers as StringAnswer[]).map(({ data }) => data);
};

(missing ? test.skip : test)(`only healthy zones are in DNS${missing ? ` (skipped: ${missing} is not installed)` : ''}`, async (t: ExecutionContext) => {
  t.timeout(120_000);
  const port = await freePort();
  const run = await startNlbox(t, '--timing', 'instant', '--dns-port', String(port));
  await run.nlbox('workshop', 'init');
  const chapter = '~/environment/eks-workshop/modules/exposing/load-balancer';
  await run.sh(`kubectl apply -k ~/environment/eks-workshop/base-application && kubectl apply -k ${chapter}/ip-mode`);
  await run.nlbox('wait', '--for', 'healthy', '--load-balancer', 'k8s-ui-uinlb', '--timeout', '60');
  const { loadBalancers, names } = JSON.parse(await run.nlbox('status', '--json')) as Info;
  t.regex(names.lines.join('\n'), new RegExp(`DNS responder answers for \\*\\.elb\\.us-west-2\\.amazonaws\\.com at 127\\.0\\.0\\.1 port ${port}`));
  const name = loadBalancers[0]?.DNSName ?? '';
  const given = await ask(port, name);
  t.is(given.length, 1);
  const zonal = await Promise.all(['a', 'b', 'c'].map((letter) => ask(port, `us-west-2${letter}.${name}`)));
  t.deepEqual(zonal.flat(), given);
  const bound = loadBalancers[0]?.listeners[0]?.bound.find(({ address }) => address === given[0]);
  t.is(await run.sh(`curl -s --noproxy '*' -o /dev/null -w '%{http_code}' http://${given[0]}:${bound?.port}/`), '200');

  await run.sh('kubectl scale -n ui deployment/ui --replicas=3 && kubectl rollout status -n ui deployment/ui --timeout=60s');
  t.is((await eventually(() => ask(port, name), (addresses) => addresses.length === 3)).length, 3);

  // With zonal affinity a pod is given the address of its own zone, and enters there by the name; this machine has no zone.
  await run.sh('kubectl annotate -n ui service/ui-nlb service.beta.kubernetes.io/aws-load-balancer-attributes=dns_record.client_routing_policy=availability_zone_affinity');
  const [pod = '', podIP = ''] = (await run.sh("kubectl get pods -n ui -o jsonpath='{.items[0].metadata.name} {.items[0].status.podIP}'")).split(' ');
  const onLoopback = podIP.replace(/^10\.42\./, `127.${run.block}.`);
  const own = await eventually(() => ask(port, name, onLoopback), (addresses) => addresses.length === 1);
  t.is((await ask(port, name)).length, 3);
  for (let at = 0; at < 5; at += 1) await run.sh(`kubectl exec -n ui ${pod} -- curl -s -o /dev/null http://${name}/`);
  const now = JSON.parse(await run.nlbox('status', '--json')) as Info;
  const zone = now.loadBalancers[0]?.zones?.find(({ address }) => address === own[0])?.zone;
  const entered = now.flows?.filter(({ client }) => client.startsWith(`${onLoopback}:`)).map((flow) => flow.zone);
  t.deepEqual(entered, Array(5).fill(zone));
});
