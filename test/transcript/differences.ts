// Where the embedded cluster answers otherwise than the recorded real one, each with its reason; the page in emulator/docs is made from it.

/** Step of the transcript -> why its output may differ. */
const differences: Readonly<Record<string, string>> = {
  version: 'The recorded server is 1.36.2, the embedded one says 1.33: kubectl warns of the skew for one of them and not for the other.',
  'get-nodes': 'The recorded cluster had no nodes; the embedded one always has some.',
  'explain-recursive': "The published typings which the schemas are made of carry no description for a field that is a reference, so `explain` prints the type's description only.",
  'rs-created': 'The recorded cluster had no kubelet, so its rolling update stood still at one pod of each revision; here pods become ready and the update ends.',
  'default-sa': 'Up to about 1.33 the table of ServiceAccounts has a column SECRETS, in 1.36 no longer: each server prints as its version does.',
};

/** The same for the recording with one version of kubectl only. */
const ofRecording: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1.36': { 'raw-stale-watch': 'This recording was made more than five minutes after the server had started, when etcd had compacted revision 1; those with 1.30 and 1.33 earlier, and there the real server went on from it as the embedded one does.' },
};

/** All steps that may differ with this version of kubectl. */
export const differencesWith = (version: string): Readonly<Record<string, string>> => ({ ...differences, ...ofRecording[version] });

/** What the transcript does not touch and this cluster does not do, or does otherwise. */
export const limits: readonly (readonly [what: string, here: string])[] = [
  ['Authorization', 'Everybody who may enter may do everything, also in the name of others (`--as`); Roles and their bindings are stored and never asked.'],
  ['Groups that are not served', '`certificates.k8s.io`, `apiregistration.k8s.io`, `flowcontrol.apiserver.k8s.io`, `resource.k8s.io`, `metrics.k8s.io`: kubectl says that the server has no such resource type.'],
  ['Admission webhooks', 'Requests over HTTP pass them (objects, status and server-side apply). So do the Pods, ReplicaSets, Jobs and ControllerRevisions that the controllers inside the cluster make; what those write besides (scales, endpoints, statuses, events, deletions) does not. `reinvocationPolicy` is kept and not acted on; `matchPolicy` is always exact; subresources other than `status`, and CONNECT, are not sent.'],
  ['CEL', 'The rules of CustomResourceDefinitions (`x-kubernetes-validations`) are checked and applied, with transitions, `messageExpression`, `fieldPath`, `reason`, `optionalOldSelf` and ratcheting. Their cost is neither estimated nor limited. An expression that uses a function or macro this cluster does not have (comprehensions of two variables, `format.*`, `semver`) is refused with its definition. Lists that are sets are compared in their order. So are the `matchConditions` of webhooks, but for `authorizer`, which is refused when it is configured; ValidatingAdmissionPolicies are not served.'],
  ['CustomResourceDefinition versions', 'Served side by side without conversion (`strategy: None`); a conversion webhook is refused.'],
  ['OpenAPI v2', 'An empty document: kubectl 1.27 and 1.28 insist that there is one. Version 3 is complete.'],
  ['Jobs', 'Pod failure and success policies, and a limit of failures per index, are kept and not acted on.'],
  ['Probes', 'Of a container that is a process all kinds are made; of a stand-in HTTP and TCP are, for gRPC an open port is enough, and a command passes.'],
  ['StatefulSets', 'A pod below the `partition` that has to be made again comes from the new template; `maxUnavailable` is kept and not acted on.'],
  ['Volumes', 'Kept in the manifests and not mounted; a PersistentVolumeClaim stays as it was made, and a StatefulSet makes none from its templates.'],
  ['Lifecycle hooks', 'Hooks that wait (`sleep`) and request (`httpGet`) happen; a command runs where the container is a process, and is told by an event where it is not.'],
  ['`kubectl attach`, `kubectl run -i`', 'A process shows what it writes and reads what is typed, with `tty` in a terminal where the machine has `script`. A stand-in shows the lines of its log; one of an image with a shell that has `stdin: true` (`kubectl run -it`) runs a shell, or a command that the stand-in does not know, as a program of this machine, as `kubectl exec` does.'],
  ['`kubectl exec`, `kubectl cp`', 'Commands are programs of this machine, started in the directory of the pod and with the environment of the container; they see the files of the machine. `tar`, and so `kubectl cp`, writes and first looks for absolute paths below the directory of the pod.'],
  ['`kubectl debug` of a pod', 'Refused: there are no ephemeral containers.'],
  ['Quota, limits, network policies, pod security', 'Stored and never enforced.'],
  ['HorizontalPodAutoscaler', 'Stored and shown; nothing measures or scales.'],
  ['Names inside pods', 'Stand-ins resolve them themselves. Commands run by `kubectl exec` and processes of `nlbox.dev/run: local` are programs of this machine: those that honour `http_proxy` (curl, wget, Python, Go) reach Services, pods and load balancers by name. Whatever else speaks over a socket finds Services in its environment (`NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and the like, as Kubernetes sets them): the addresses there are those where the Services listen on this machine.'],
  ['`internalTrafficPolicy: Local`', 'A connection from a pod goes to pods of its own node only; without one there it is reset, where a real node drops it. Programs outside of pods are on no node and may be sent to any.'],
  ['Protobuf', 'Accepted in requests where the field is known (an unknown field number is answered with 415); answers are JSON.'],
  ['Continued lists', 'A later page shows the objects as they were at the first one for as long as the history reaches back, then 410.'],
];

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [row(heads), row(heads.map(() => '---')), ...rows.map(row)];

const stepRows = [
  ...Object.entries(differences).map(([step, why]) => [`\`${step}\``, why]),
  ...Object.entries(ofRecording).flatMap(([version, steps]) => Object.entries(steps).map(([step, why]) => [`\`${step}\` with kubectl ${version}`, why])),
];

/** The page for readers. */
export const page = (): string =>
  [
    '# Where the embedded Kubernetes differs from a real one',
    '',
    'A transcript of 130 `kubectl` steps (`test/transcript/kubectl-transcript.sh`) was recorded on a kube-apiserver 1.36.2 with its',
    'controllers, with kubectl 1.30, 1.33 and 1.36. A test runs the same steps against the embedded cluster and compares every line.',
    'Uids, times, ages, addresses, resource versions and generated names are hidden on both sides. 36 more steps need running pods:',
    'they have no recording, and must end as the script expects. These steps may differ, and no other:',
    '',
    ...table(['step', 'why'], stepRows),
    '',
    'And this is what the steps do not show:',
    '',
    ...table(['what', 'here'], limits),
    '',
  ].join('\n');
