import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { scratch } from '../../support/scratch.js';
import { startServer } from './server.js';

const newFolder = scratch('nlbox-kubectl');

// Named versions where a machine has them, so that a dispatcher cannot choose for us; else whatever kubectl there is.
const candidates = ['kubectl.1.33', 'kubectl.1.30', 'kubectl.1.29', 'kubectl.1.28', 'kubectl.1.27'].map((name) => `/usr/lib/google-cloud-sdk/bin/${name}`).filter((file) => fs.existsSync(file));
const onPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'kubectl')).find((file) => fs.existsSync(file));
const binaries = candidates.length > 0 ? candidates : onPath ? [onPath] : [];

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ui, labels: {app: ui}}
spec:
  selector: {matchLabels: {app: ui}}
  template:
    metadata: {labels: {app: ui}}
    spec:
      containers: [{name: ui, image: "ui:1", ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: ui}
spec: {type: LoadBalancer, selector: {app: ui}, ports: [{name: http, port: 80, targetPort: http}]}
`;

const hooks = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- name: pods.example.com
  clientConfig: {url: "https://127.0.0.1:1/"}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  sideEffects: None
  admissionReviewVersions: [v1beta1]
`;

if (binaries.length === 0) test.skip('kubectl creates, applies, gets, patches, scales and deletes: no kubectl on this machine', () => undefined);

for (const binary of binaries) {
  test(`${path.basename(binary)} creates, applies, gets, patches, scales and deletes`, async (t) => {
    const server = await startServer();
    t.teardown(() => server.server.close());
    const home = newFolder();
    fs.writeFileSync(path.join(home, 'config'), server.kubeconfig);
    fs.writeFileSync(path.join(home, 'app.yaml'), manifest);
    const env = { HOME: home, KUBECONFIG: path.join(home, 'config'), KUBECACHEDIR: path.join(home, 'cache') };
    const kubectl = async (...args: string[]): Promise<string> => (await execa(binary, args, { env, cwd: home })).stdout;

    t.is(await kubectl('create', 'namespace', 'shop'), 'namespace/shop created');
    t.is(await kubectl('apply', '-n', 'shop', '-f', 'app.yaml'), 'deployment.apps/ui created\nservice/ui created');
    t.is(await kubectl('apply', '-n', 'shop', '-f', 'app.yaml'), 'deployment.apps/ui unchanged\nservice/ui unchanged');
    t.regex(await kubectl('get', 'service', '-n', 'shop'), /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nui +LoadBalancer +172\.20\.\d+\.\d+ +<pending> +80:3\d{4}\/TCP +\d+s$/);
    // What the server, or somebody else, has filled in goes or stays as the types say.
    fs.writeFileSync(path.join(home, 'other.yaml'), manifest.replace('spec:', 'spec:\n  strategy: {type: Recreate}'));
    t.is(await kubectl('apply', '-n', 'shop', '-f', 'other.yaml'), 'deployment.apps/ui configured\nservice/ui unchanged');
    t.is(await kubectl('get', 'deployment', 'ui', '-n', 'shop', '-o', 'jsonpath={.spec.strategy}'), '{"type":"Recreate"}');
    fs.writeFileSync(path.join(home, 'hooks.yaml'), hooks);
    await kubectl('apply', '-f', 'hooks.yaml');
    await kubectl('patch', 'mutatingwebhookconfiguration', 'hooks', '--type=json', '-p', '[{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"Cg=="}]');
    await kubectl('apply', '-f', 'hooks.yaml');
    t.is(await kubectl('get', 'mutatingwebhookconfiguration', 'hooks', '-o', 'jsonpath={.webhooks[0].clientConfig.caBundle}'), 'Cg==');
    await kubectl('create', 'deployment', 'made', '-n', 'shop', '--image=x', '--replicas=0');
    t.is(await kubectl('get', 'deployment', 'made', '-n', 'shop', '-o', 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].name}'), '0 x');
    await kubectl('patch', 'service', 'ui', '-n', 'shop', '-p', '{"spec":{"ports":[{"name":"alt","port":81}]}}');
    t.is(await kubectl('get', 'service', 'ui', '-n', 'shop', '-o', 'jsonpath={.spec.ports[*].port}'), '81 80');
    await kubectl('scale', '-n', 'shop', 'deployment/ui', '--replicas=3');
    t.is(await kubectl('get', 'deployment', 'ui', '-n', 'shop', '-o', 'jsonpath={.spec.replicas} {.metadata.generation}'), '3 3');
    t.regex(await kubectl('describe', 'service', 'ui', '-n', 'shop'), /LoadBalancer/);
    t.regex(await kubectl('explain', 'service.spec.ports.port'), /FIELD: port <integer>/);
    const missing = await execa(binary, ['get', 'service', 'none', '-n', 'shop'], { env, reject: false });
    t.is(missing.stderr, 'Error from server (NotFound): services "none" not found');
    t.regex(await kubectl('delete', '-n', 'shop', '-f', 'app.yaml'), /service "ui" deleted/);
  });
}
