// The name of a load balancer with the real curl, each way on a machine of its own: the hosts file, DNS over UDP and TCP, the proxy.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inNamespace, noNamespaces } from '../support/namespace.js';
import { cleanEnv, missingTool } from '../support/nlbox.js';

const tool = missingTool('kubectl', 'curl', 'jq', 'unshare', 'ip');
const missing = tool === undefined ? noNamespaces() : `${tool} is not installed`;

const script = `
nlbox() { node ${path.resolve('emulator/nlbox.mjs')} --state-dir "$WORLD/state" "$@"; }
up() { nlbox up --detach --timing instant "$@" > /dev/null 2>&1; export KUBECONFIG="$WORLD/state/kubeconfig"; }
# Status of the page and the address that answered; curl's own exit status where there is none.
ask() { curl -s --noproxy '*' --max-time 10 -o /dev/null -w '%{http_code} %{remote_ip}' "$@" || echo " exit $?"; }
name() { kubectl get service -n ui ui-nlb -o jsonpath='{.status.loadBalancer.ingress[0].hostname}'; }
say() { echo "$1: $2"; }

printf '# >>> nlbox dead (pid 4194305)\n127.43.0.1 dead.elb.us-west-2.amazonaws.com\n# <<< nlbox dead\n' >> /etc/hosts
up --names proxy --dns-port 53
say 'of a run that died' "$(cat /etc/hosts)"
nlbox workshop init > /dev/null
kubectl apply -k ~/environment/eks-workshop/base-application/ui > /dev/null
kubectl apply -k ~/environment/eks-workshop/modules/exposing/load-balancer/ip-mode > /dev/null
nlbox wait --for healthy --load-balancer k8s-ui-uinlb --timeout 60 > /dev/null
NAME=$(name)
say dns "$(ask http://$NAME/home)"
echo 'options use-vc' >> /etc/resolv.conf
say tcp "$(ask http://$NAME/home)"
say unknown "$(ask http://nobody-$NAME/)"
say pac "$(curl -s $(nlbox env --json | jq -r .AWS_ENDPOINT_URL)/proxy.pac | grep -c 'PROXY 127.0.0.1:4566')"
export http_proxy=$(nlbox env --json | jq -r .http_proxy)
say proxy "$(curl -s --max-time 10 -o /dev/null -w '%{http_code}' http://$NAME/home)"
say tunnel "$(curl -s --max-time 10 -p -o /dev/null -w '%{http_connect} %{http_code}' http://$NAME/home)"
kill -9 $(jq .pid "$WORLD/state/run.json")
up --names hosts
nlbox wait --for healthy --load-balancer k8s-ui-uinlb --timeout 60 > /dev/null
say hosts "$(ask http://$NAME/home)"
say zonal "$(ask http://$(grep -o 'us-west-2[abc]\.k8s-ui[^ ]*' /etc/hosts | head -n 1)/home)"
nlbox down > /dev/null
say 'after down' "$(cat /etc/hosts)"
`;

(missing ? test.skip : test)(`hosts file, DNS and proxy${missing ? ` (skipped: ${missing})` : ''}`, async (t: ExecutionContext) => {
  t.timeout(180_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-world-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const said = Object.fromEntries((await inNamespace(folder, script, cleanEnv(folder))).trim().split('\n').map((line) => line.split(': ') as [string, string]));
  const zone = /^200 127\.43\.\d+\.\d+$/;
  for (const way of ['hosts', 'zonal', 'dns', 'tcp']) t.regex(said[way] ?? '', zone, way);
  t.like(said, { 'of a run that died': '127.0.0.1 localhost', unknown: '000  exit 6', pac: '1', proxy: '200', tunnel: '200 200', 'after down': '127.0.0.1 localhost' });
});
