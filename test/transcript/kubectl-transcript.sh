#!/usr/bin/env bash
# Runs a fixed list of kubectl steps against whatever cluster $KUBECONFIG points at and prints a normalised
# transcript, so that two clusters (a real kube-apiserver, the embedded one) can be compared line by line.
#
#   KUBECONFIG=real.yaml     bash test/transcript/kubectl-transcript.sh > real.txt
#   KUBECONFIG=embedded.yaml bash test/transcript/kubectl-transcript.sh > embedded.txt
#   diff -u real.txt embedded.txt
#
# Environment:
#   KUBECONFIG   required
#   KUBECTL      kubectl binary (default: kubectl); use the same one for both runs, and not a version dispatcher
#   TIERS        subset of "api ctl run" (default: all)
#                  api = kube-apiserver alone suffices (envtest); ctl = needs the deployment/replicaset/endpointslice/
#                  namespace/gc controllers; run = needs a kubelet or a stand-in (kind, kwok, embedded)
#   IMAGE        image of the test pods (default registry.k8s.io/e2e-test-images/agnhost:2.53 running "netexec")
#   LB           1 when something reconciles Services of type LoadBalancer (AWS LBC, embedded emulator)
#   ONLY         extended regex: run only the steps whose name matches (fixtures are always created)
#   RAW          1: do not normalise
#   STEP_TIMEOUT seconds per step (default 60)
#   PFP          last 3 digits of the local port-forward port 38xxx (default 080), for parallel runs
# Exit status: 0 when every step that declares an expected status got it, else the number of misses (max 99).
set -u -o pipefail
: "${KUBECONFIG:?set KUBECONFIG}"
K=${KUBECTL:-kubectl}; TIERS=${TIERS:-api ctl run}; IMAGE=${IMAGE:-registry.k8s.io/e2e-test-images/agnhost:2.53}
ONLY=${ONLY:-.}; RAW=${RAW:-}; LB=${LB:-}; STEP_TIMEOUT=${STEP_TIMEOUT:-60}
W=$(mktemp -d); export HOME="$W/home" KUBECACHEDIR="$W/cache" TMPDIR="$W"; mkdir -p "$HOME"   # no stale discovery cache
trap 'cleanup' EXIT
NS=kt-main; NS2=kt-second; CRD=widgets.kt.example.com
cleanup() { "$K" delete ns $NS $NS2 kt-imp --ignore-not-found --wait=false >/dev/null 2>&1; "$K" delete crd $CRD --ignore-not-found --wait=false >/dev/null 2>&1; rm -rf "$W"; }
NODES=$("$K" get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}' 2>/dev/null)
NODE1=$(head -1 <<<"$NODES")
SERVER=$("$K" config view --minify -o jsonpath='{.clusters[0].cluster.server}')

normalise() { # everything that legitimately differs between two clusters or two runs
  if [ -n "$RAW" ]; then cat; return; fi
  local node_re; node_re=$(printf '%s\n' "$NODES" | sed '/^$/d; s/[.[\*^$]/\\&/g' | paste -sd'|' -)
  sed -E \
    -e "s#${SERVER//\#/}#SERVER#g" -e "s#${W}#TMP#g" \
    ${node_re:+-e "s#($node_re)#NODE#g"} \
    -e 's/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/UID/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9:]{5})/TIME/g' \
    -e 's/[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+-][0-9]{4}/TIME/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+ [+-][0-9]{4}/TIME/g' \
    -e 's/(resourceVersion"?: ?)"?[0-9]+"?/\1RV/g' -e 's/(resourceVersion\\+":\\+")[0-9]+/\1RV/g' -e 's/(Resource Version: +)[0-9]+/\1RV/' \
    -e 's/\b([0-9]{1,3}\.){3}[0-9]{1,3}\b/IP/g' -e 's/\b[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,7}\b/IP6/g' \
    -e 's/:3[0-2][0-9]{3}\/(TCP|UDP)/:NODEPORT\/\1/g' -e 's/([nN]odePort"?: +)[0-9]{5}/\1NODEPORT/g' -e 's/(NodePort: .*)\b3[0-2][0-9]{3}\//\1NODEPORT\//' -e 's/(HealthCheck NodePort: +)[0-9]+/\1NODEPORT/' \
    -e 's/\b([a-z][-a-z0-9]*)-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/\1-HASH-RAND/g' \
    -e 's/\b(web|twin|orph)-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b/\1-HASH/g' -e 's/(pod-template-hash"?[=:] ?"?)[a-z0-9]{8,10}/\1HASH/g' \
    -e 's/\b(web|lb|np|ext|headless|multi|twin|kubernetes|expo|gen)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/\1-RAND/g' \
    -e 's/(^|[ (])(<invalid>|[0-9]+(s|m|h|d|y)([0-9]+(s|m|h|d))?)( ago)?($|[ )])/\1AGE\6/g; s/(^|[ (])([0-9]+(s|m|h|d|y)([0-9]+(s|m|h|d))?)($|[ )])/\1AGE\6/g' \
    -e 's/TMP\/[A-Z]+-[0-9]+/TMP\/DIFF/g' -e 's/(Client|Server) Version: v?[0-9].*/\1 Version: VERSION/' -e 's/Kustomize Version: .*/Kustomize Version: VERSION/' \
    -e 's/\bv1\.[0-9]+\.[0-9]+[-+.a-zA-Z0-9]*/VERSION/g' \
    -e 's/([^ ]) {2,}/\1  /g; s/[ \t]+$//'
}
miss=0; nstep=0
step() { # step TIER NAME EXPECTED_RC|- COMMAND...   (the command is a bash string, run with $K, $NS ... visible)
  local tier=$1 name=$2 want=$3; shift 3
  [[ " $TIERS " == *" $tier "* ]] || return 0
  [[ $name =~ $ONLY ]] || return 0
  nstep=$((nstep+1)); local out rc
  out=$(cd "$W" && timeout "$STEP_TIMEOUT" bash -c "$*" 2>&1 </dev/null); rc=$?
  printf '### %s [%s]\n$ %s\n' "$name" "$tier" "${*//\$K/kubectl}"
  if [ "${SORTED:-}" = 1 ]; then printf '%s\n' "$out" | normalise | { IFS= read -r h; printf '%s\n' "$h"; LC_ALL=C sort | uniq; }
  else printf '%s\n' "$out" | normalise; fi
  printf 'rc=%s\n\n' "$rc"
  if [ "$want" != - ] && [ "$rc" != "$want" ]; then miss=$((miss+1)); echo "MISS $name: rc $rc, wanted $want" >&2; fi
}
wait_gone() { for _ in $(seq 60); do "$K" get "$@" >/dev/null 2>&1 || return 0; sleep 1; done; }
export K NS NS2 CRD IMAGE NODE1 W

# ------------------------------------------------------------------ fixtures
cat > "$W/app.yaml" <<Y
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, team: a}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: $IMAGE
        args: [netexec, --http-port=8080]
        ports: [{name: http, containerPort: 8080}]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
Y
sed -e 's/replicas: 2/replicas: 3/' -e 's/{name: B, value: "2"}/{name: C, value: "3"}/' "$W/app.yaml" > "$W/app2.yaml"
cat > "$W/lb.yaml" <<'Y'
apiVersion: v1
kind: Service
metadata:
  name: lb
  annotations: {service.beta.kubernetes.io/aws-load-balancer-type: external, service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip, service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: alt, port: 81, targetPort: http}]
Y
cat > "$W/kinds.yaml" <<'Y'
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: ext}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Service
metadata: {name: np}
spec: {type: NodePort, sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 31999}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm, labels: {app: web}}
data: {a: "1", b: "2"}
---
apiVersion: v1
kind: Secret
metadata: {name: sec}
stringData: {user: bob}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing}
spec: {ingressClassName: alb, rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
Y
cat > "$W/crd.yaml" <<'Y'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.kt.example.com}
spec:
  group: kt.example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList, shortNames: [wd]}
  versions:
  - name: v1beta1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Color, type: string, jsonPath: .spec.color, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        description: Widget is a test kind.
        type: object
        properties:
          spec:
            description: WidgetSpec is the wanted state.
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, description: Size is the size.}
              color: {type: string, default: red, enum: [red, green]}
          status: {type: object, properties: {size: {type: integer}}}
Y
cat > "$W/cr.yaml" <<'Y'
apiVersion: kt.example.com/v1beta1
kind: Widget
metadata: {name: w1}
spec: {size: 2}
Y
mkdir -p "$W/kust"; cp "$W/app.yaml" "$W/kust/"; printf 'resources: [app.yaml]\nnamespace: %s\nlabels:\n- pairs: {kust: "yes"}\n' "$NS2" > "$W/kust/kustomization.yaml"
printf '#!/bin/sh\nsed -i "s/port: 80$/port: 8088/" "$1"\n' > "$W/ed.sh"; chmod +x "$W/ed.sh"
"$K" delete ns $NS $NS2 kt-imp --ignore-not-found --wait=false >/dev/null 2>&1; "$K" delete crd $CRD --ignore-not-found --wait=false >/dev/null 2>&1
wait_gone ns $NS; wait_gone ns $NS2; wait_gone ns kt-imp; wait_gone crd $CRD

# ------------------------------------------------------------------ cluster-level
step api version 0 '$K version'
step api cluster-info 0 '$K cluster-info | head -1'
step api readyz 0 '$K get --raw /readyz'
step api api-versions 0 '$K api-versions | grep -xE "v1|apps/v1|discovery.k8s.io/v1|networking.k8s.io/v1|apiextensions.k8s.io/v1|coordination.k8s.io/v1|events.k8s.io/v1|authorization.k8s.io/v1"'
step api api-resources-core 0 '$K api-resources --api-group= --no-headers | grep -E "^(configmaps|endpoints|events|namespaces|nodes|pods|secrets|serviceaccounts|services) "'
step api api-resources-wide 0 '$K api-resources --api-group=apps -o wide | grep -E "NAME|deployments|replicasets"'
step api discovery-legacy 0 '$K get --raw /api/v1 | tr "{" "\n" | grep -E "\"name\":\"(pods|services|services/status|nodes/status|pods/log|pods/exec|pods/portforward|serviceaccounts/token)\"" | grep -oE "\"name\":\"[^\"]+\"" | sort'
step api can-i-yes 0 '$K auth can-i create pods -n default'
step api get-nodes 0 '$K get node $NODE1 -o name'
SORTED=1 step api get-ns-system 0 '$K get ns default kube-system'
step api get-svc-kubernetes 0 '$K get svc kubernetes -n default'
step api get-unknown-kind 1 '$K get nosuchkind'
step api top-pods 1 '$K top pods -n default'
step api explain-service 0 '$K explain service.spec.type | head -8'
step api explain-container 0 '$K explain pod.spec.containers | head -6'
step api explain-recursive 0 '$K explain deployment.spec.strategy --recursive'

# ------------------------------------------------------------------ create / get / errors
step api create-ns 0 '$K create namespace $NS'
step api create-ns-again 1 '$K create namespace $NS'
step api create-ns2 0 '$K create namespace $NS2'
step api get-ns-yaml 0 '$K get ns $NS -o yaml'
step api apply-dry-run-client 0 '$K apply -n $NS --dry-run=client -f app.yaml'
step api apply-dry-run-server 0 '$K apply -n $NS --dry-run=server -f app.yaml'
step api get-after-dry-run 1 '$K get deploy web -n $NS'
step api diff-new 1 '$K diff -n $NS -f lb.yaml > d.txt; rc=$?; grep -E "^\+" d.txt | grep -vE "uid:|clusterIP|- (IP|[0-9])|odePort"; exit $rc'
step api apply-create 0 '$K apply -n $NS -f app.yaml'
step api apply-unchanged 0 '$K apply -n $NS -f app.yaml'
step api apply-no-namespace 1 'sed "s/name: web,/name: web, namespace: kt-absent,/" app.yaml | $K apply -f -'
step api apply-unknown-field 1 'sed "s/replicas: 2/replicaz: 2/" app.yaml | $K apply -n $NS -f -'
step api apply-wrong-type 1 'sed "s/replicas: 2/replicas: two/" app.yaml | $K apply -n $NS -f -'
step api apply-unknown-kind 1 'printf "apiVersion: v9\nkind: Foo\nmetadata: {name: x}\n" | $K apply -f -'
step api create-bad-name 1 '$K create configmap Bad_Name -n $NS'
step api create-selector-mismatch 1 'sed -e "s/labels: {app: web}}/labels: {app: other}}/; s/name: web, labels: {app: web, team: a}/name: bad/" app.yaml | $K create -n $NS -f - 2>&1 | head -3; exit ${PIPESTATUS[1]}'
step api create-bad-nodeport 1 '$K create service nodeport bad -n $NS --tcp=80:80 --node-port=80'
step api create-no-ports 1 'printf "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {selector: {a: b}}\n" | $K create -n $NS -f -'
step api kinds-create 0 '$K apply -n $NS -f kinds.yaml'
step api nodeport-taken 1 '$K create service nodeport bad -n $NS --tcp=80:80 --node-port=31999'
step api get-svc-list 0 '$K get svc -n $NS'
step api get-svc-wide 0 '$K get svc -n $NS -o wide'
step api get-svc-labels 0 '$K get svc -n $NS -l app=web --show-labels'
step api get-svc-all-ns 0 '$K get svc -A --field-selector metadata.namespace=$NS'
step api get-svc-name 0 '$K get svc -n $NS -o name'
step api get-svc-jsonpath 0 "\$K get svc web -n \$NS -o jsonpath='{.spec.type}/{.spec.ports[0].port}/{.spec.ports[0].targetPort}/{.spec.sessionAffinity}{\"\\n\"}'"
step api get-svc-go-template 0 "\$K get svc web -n \$NS -o go-template='{{.spec.internalTrafficPolicy}} {{.spec.ipFamilyPolicy}}{{\"\\n\"}}'"
step api get-svc-custom-columns 0 '$K get svc -n $NS -o custom-columns=NAME:.metadata.name,TYPE:.spec.type,POLICY:.spec.externalTrafficPolicy'
step api get-svc-yaml-clusterip 0 '$K get svc web -n $NS -o yaml'
step api get-svc-yaml-headless 0 '$K get svc headless -n $NS -o yaml'
step api get-svc-yaml-externalname 0 '$K get svc ext -n $NS -o yaml'
step api get-svc-yaml-nodeport 0 '$K get svc np -n $NS -o yaml'
step api get-deploy-spec 0 "\$K get deploy web -n \$NS -o jsonpath='{.spec}{\"\\n\"}'"
step api get-cm-secret-ing 0 '$K get cm/cm secret/sec ing/ing -n $NS'
step api get-secret-yaml 0 '$K get secret sec -n $NS -o jsonpath="{.type} {.data.user}"'
step api get-missing 1 '$K get svc nope -n $NS'
step api get-empty 0 '$K get pods -n $NS2'
step api get-absent-ns 0 '$K get pods -n kt-absent'
step api selector-set 0 '$K get svc -n $NS -l "app in (web,x),app" -o name'
step api selector-bad 1 '$K get svc -n $NS -l "app in (" -o name'
step api field-selector-bad 1 '$K get svc -n $NS --field-selector spec.bogus=1'
step api chunked 0 '$K get svc -n $NS --chunk-size=2 -o name'
step api sort-by 0 '$K get svc -n $NS --sort-by=.metadata.name -o name'
step api describe-svc-nodeport 0 '$K describe svc np -n $NS | grep -v Endpoints'
step api describe-svc-missing 1 '$K describe svc nope -n $NS'
step api describe-ns 0 '$K describe ns $NS | head -6'

# ------------------------------------------------------------------ mutate
step api label 1 '$K label svc web -n $NS tier=front && $K label svc web -n $NS tier=back'
step api label-overwrite-remove 0 '$K label svc web -n $NS tier=back --overwrite && $K label svc web -n $NS tier-'
step api annotate 0 '$K annotate svc web -n $NS note=hi && $K annotate svc web -n $NS note-'
step api patch-strategic-ports 0 "\$K patch svc web -n \$NS -p '{\"spec\":{\"ports\":[{\"name\":\"alt\",\"port\":81,\"targetPort\":8080}]}}' && \$K get svc web -n \$NS"
step api patch-strategic-delete 0 "\$K patch svc web -n \$NS -p '{\"spec\":{\"ports\":[{\"\$patch\":\"delete\",\"port\":81}]}}' && \$K get svc web -n \$NS"
step api patch-strategic-env 0 "\$K patch deploy web -n \$NS -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"env\":[{\"name\":\"D\",\"value\":\"4\"}]}]}}}}' && \$K get deploy web -n \$NS -o jsonpath='{.spec.template.spec.containers[0].env}'"
step api patch-merge-replaces-list 0 "\$K patch svc web -n \$NS --type=merge -p '{\"spec\":{\"ports\":[{\"name\":\"http\",\"port\":80,\"targetPort\":\"http\"}]}}' && \$K get svc web -n \$NS -o jsonpath='{.spec.ports}'"
step api patch-json 0 "\$K patch svc web -n \$NS --type=json -p '[{\"op\":\"test\",\"path\":\"/spec/ports/0/port\",\"value\":80},{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":8000}]' && \$K get svc web -n \$NS"
step api patch-json-test-fails 1 "\$K patch svc web -n \$NS --type=json -p '[{\"op\":\"test\",\"path\":\"/spec/ports/0/port\",\"value\":1}]'"
step api patch-json-bad-path 1 "\$K patch svc web -n \$NS --type=json -p '[{\"op\":\"remove\",\"path\":\"/spec/nope\"}]'"
step api patch-nochange 0 "\$K patch svc web -n \$NS -p '{\"spec\":{\"type\":\"ClusterIP\"}}'"
step api patch-immutable 1 "\$K patch svc web -n \$NS -p '{\"spec\":{\"clusterIP\":\"10.254.254.254\"}}' 2>&1 | sed 's/Invalid value: .*: field/Invalid value: X: field/' ; exit \${PIPESTATUS[0]}"
step api patch-selector-immutable 1 "\$K patch deploy web -n \$NS -p '{\"spec\":{\"selector\":{\"matchLabels\":{\"x\":\"y\"}}}}' 2>&1 | cut -c1-70; exit \${PIPESTATUS[0]}"
step api edit 0 'EDITOR=./ed.sh $K edit cm cm -n $NS; EDITOR=./ed.sh $K edit svc np -n $NS && $K get svc np -n $NS'
step api replace-conflict 1 '$K get svc web -n $NS -o yaml > s.yaml; $K annotate svc web -n $NS bump=1 >/dev/null; $K replace -f s.yaml'
step api replace-ok 0 '$K get svc web -n $NS -o yaml > s.yaml; $K replace -f s.yaml'
step api create-exists 1 '$K create -n $NS -f app.yaml'
step api type-to-lb 0 "\$K patch svc np -n \$NS -p '{\"spec\":{\"type\":\"LoadBalancer\"}}' && \$K get svc np -n \$NS -o jsonpath='{.spec.allocateLoadBalancerNodePorts} {.spec.externalTrafficPolicy}'"
step api type-to-clusterip 0 "\$K patch svc np -n \$NS -p '{\"spec\":{\"type\":\"ClusterIP\"}}' && \$K get svc np -n \$NS -o jsonpath='{.spec.ports} {.spec.externalTrafficPolicy}{.spec.allocateLoadBalancerNodePorts}'"
step api apply-change 0 '$K apply -n $NS -f app2.yaml && $K get deploy web -n $NS -o jsonpath="{.spec.replicas} {.spec.template.spec.containers[0].env}"'
step api apply-prune-port 0 'sed "s/, {name: alt, port: 81, targetPort: http}//" lb.yaml > lb1.yaml; $K apply -n $NS -f lb.yaml && $K apply -n $NS -f lb1.yaml && $K get svc lb -n $NS -o jsonpath="{.spec.ports[*].name} {.spec.externalTrafficPolicy}"'
step api diff-change 1 '$K diff -n $NS -f app.yaml > d.txt; rc=$?; grep -E "^[-+] " d.txt; exit $rc'
step api ssa-create 0 'sed "s/name: web,/name: twin,/; s/app: web/app: twin/g" app.yaml | $K apply --server-side -n $NS -f - && $K get deploy twin -n $NS --show-managed-fields -o jsonpath="{.metadata.managedFields[0].manager} {.metadata.managedFields[0].operation}"'
step api ssa-conflict 1 'sed "s/name: web,/name: twin,/; s/app: web/app: twin/g; s/replicas: 2/replicas: 5/" app.yaml | $K apply --server-side --field-manager=other -n $NS -f - 2>&1 | head -2; exit ${PIPESTATUS[1]}'
step api ssa-force 0 'sed "s/name: web,/name: twin,/; s/app: web/app: twin/g; s/replicas: 2/replicas: 1/" app.yaml | $K apply --server-side --force-conflicts --field-manager=other -n $NS -f -'
step api ssa-drop-field 0 'sed "s/name: web,/name: twin,/; s/app: web/app: twin/g; s/, {name: B, value: \"2\"}//; /replicas:/d" app.yaml | $K apply --server-side -n $NS -f - && $K get deploy twin -n $NS -o jsonpath="{.spec.replicas} {.spec.template.spec.containers[0].env[*].name}"'
step api csa-to-ssa 0 '$K apply --server-side --force-conflicts -n $NS -f app2.yaml'
step api generation 0 '$K get deploy web -n $NS -o jsonpath="{.metadata.generation}" >g1; $K label deploy web -n $NS z=1 >/dev/null; $K get deploy web -n $NS -o jsonpath="{.metadata.generation}" >g2; cmp g1 g2 && $K set env deploy/web -n $NS Z=1 >/dev/null; $K get deploy web -n $NS -o jsonpath="{.metadata.generation}" >g3; [ $(($(cat g3)-$(cat g2))) = 1 ] && echo generation-ok'
step api status-ignored-on-main 0 "\$K patch svc web -n \$NS -p '{\"status\":{\"loadBalancer\":{\"ingress\":[{\"hostname\":\"x.example.com\"}]}}}'; \$K get svc web -n \$NS -o jsonpath='{.status}'"
step api status-subresource 0 "\$K patch svc lb -n \$NS --subresource=status --type=merge -p '{\"status\":{\"loadBalancer\":{\"ingress\":[{\"hostname\":\"abcdefghij-0123456789.elb.us-west-2.amazonaws.com\"}]}}}' && \$K get svc lb -n \$NS && \$K get svc lb -n \$NS --subresource=status -o jsonpath='{.status}'"
step api describe-lb 0 '$K describe svc lb -n $NS | grep -vE "^(Endpoints|Events|  )|Endpoints:"'
step api expose 0 '$K expose deployment web -n $NS --name=expo --port=90 --target-port=8080 --type=NodePort && $K get svc expo -n $NS'
step api create-deployment 0 '$K create deployment gen -n $NS --image=$IMAGE --replicas=0 --port=8080 && $K get deploy gen -n $NS -o wide'
step api create-service-lb 0 '$K create service loadbalancer multi -n $NS --tcp=80:8080 --tcp=443:8443 && $K get svc multi -n $NS -o jsonpath="{.spec.ports[*].name} {.spec.selector}"'
step api create-cm-secret-sa 0 '$K create configmap cm2 -n $NS --from-literal=k=v && $K create secret generic s2 -n $NS --from-literal=k=v && $K create serviceaccount sa2 -n $NS && $K create token sa2 -n $NS >/dev/null && echo token-ok'
step api set-image 0 '$K set image deploy/gen agnhost=$IMAGE -n $NS 2>&1 | head -1; $K set image deploy/gen "*=$IMAGE-x" -n $NS && $K get deploy gen -n $NS -o jsonpath="{.spec.template.spec.containers[0].image}" | sed "s#.*/##"'
step api finalizer-delete 0 '$K patch cm cm2 -n $NS --type=merge -p "{\"metadata\":{\"finalizers\":[\"kt.example.com/hold\"]}}" && $K delete cm cm2 -n $NS --wait=false && $K get cm cm2 -n $NS -o jsonpath="{.metadata.finalizers} {.metadata.deletionGracePeriodSeconds}" && $K patch cm cm2 -n $NS --type=merge -p "{\"metadata\":{\"finalizers\":null}}" && sleep 1; $K get cm cm2 -n $NS 2>&1; true'
step api delete-missing 1 '$K delete svc nope -n $NS'
step api delete-ignore-missing 0 '$K delete svc nope -n $NS --ignore-not-found'
step api delete-by-label 0 '$K delete cm -n $NS -l app=web'
step api delete-dry-run 0 '$K delete svc ext -n $NS --dry-run=server && $K get svc ext -n $NS -o name'
step api wait-delete 0 '(sleep 1; $K delete svc ext -n $NS --wait=false >/dev/null) & $K wait --for=delete svc/ext -n $NS --timeout=20s; wait'
step api raw-stale-watch - '$K get --raw "/api/v1/namespaces/$NS/services?watch=true&resourceVersion=1&timeoutSeconds=2" 2>&1 | tail -1 | grep -oE "\"code\":410|\"reason\":\"Expired\"|Expired|too old resource version" | sort -u'
step api watch-json-events 0 '(sleep 1; $K annotate svc web -n $NS w=1 >/dev/null; $K delete svc expo -n $NS >/dev/null) & timeout 5 $K get svc -n $NS -w --output-watch-events --no-headers | awk "{print \$1,\$2}" | sort | uniq; wait; true'

# ------------------------------------------------------------------ custom resources
step api crd-create 0 '$K apply -f crd.yaml && $K wait --for=condition=Established crd/$CRD --timeout=20s'
step api crd-get 0 '$K get crd $CRD'
step api crd-api-resources 0 'sleep 2; $K api-resources --api-group=kt.example.com'
step api cr-create 0 '$K apply -n $NS -f cr.yaml'
step api cr-get 0 '$K get wd -n $NS && $K get widgets.kt.example.com -n $NS -o wide'
step api cr-yaml-default 0 '$K get wd w1 -n $NS -o jsonpath="{.spec}"'
step api cr-apply-change 0 'sed "s/size: 2/size: 3, color: green/" cr.yaml | $K apply -n $NS -f - && $K get wd w1 -n $NS -o jsonpath="{.spec} {.metadata.generation}"'
step api cr-invalid 1 'sed "s/size: 2/size: 0/" cr.yaml | $K apply -n $NS -f - 2>&1 | head -1; exit ${PIPESTATUS[1]}'
step api cr-unknown-field 1 'sed "s/size: 2/size: 2, zzz: 1/" cr.yaml | $K apply -n $NS -f -'
step api cr-strategic-415 1 "\$K patch wd w1 -n \$NS --type=strategic -p '{\"spec\":{\"size\":4}}'"
step api cr-status 0 "\$K patch wd w1 -n \$NS --subresource=status --type=merge -p '{\"status\":{\"size\":3}}' && \$K get wd w1 -n \$NS -o jsonpath='{.status.size} {.metadata.generation}'"
step api cr-scale 0 '$K scale wd w1 -n $NS --replicas=5 && $K get wd w1 -n $NS'
step api cr-describe 0 '$K describe wd w1 -n $NS'
step api cr-explain 0 '$K explain wd.spec'
step api cr-delete 0 '$K delete wd --all -n $NS'
step api crd-delete 0 '$K delete crd $CRD && sleep 1 && $K get wd -n $NS 2>&1 | tail -1'

# ------------------------------------------------------------------ controllers
step ctl rs-created 0 'for i in $(seq 40); do [ "$($K get rs -n $NS -l app=web -o jsonpath="{.items[*].spec.replicas}" | tr " " "\n" | sort -n | tail -1)" = 3 ] && break; sleep .5; done; $K get rs -n $NS -l app=web --no-headers | awk "\$2>0{print \$1,\$2,\$3}"'
step ctl endpointslice-exists 0 'for i in $(seq 20); do $K get endpointslices -n $NS -l kubernetes.io/service-name=web -o name | grep -q . && break; sleep .5; done; $K get endpointslices -n $NS -l kubernetes.io/service-name=web --no-headers | awk "{print \$1,\$2}"'
step ctl default-sa 0 '$K get sa default -n $NS && $K get cm kube-root-ca.crt -n $NS'
step ctl gc-background 0 '$K delete deploy twin -n $NS && for i in $(seq 60); do [ -z "$($K get rs,pods -n $NS -l app=twin -o name)" ] && break; sleep .5; done; $K get rs,pods -n $NS -l app=twin'
step ctl delete-orphan 0 '$K create deployment orph -n $NS --image=$IMAGE --replicas=0 && for i in $(seq 20); do $K get rs -n $NS -l app=orph -o name | grep -q . && break; sleep .5; done; $K delete deploy orph -n $NS --cascade=orphan && sleep 2; $K get rs -n $NS -l app=orph -o name | wc -l; $K delete rs -n $NS -l app=orph'

# ------------------------------------------------------------------ running pods
step run kustomize-apply 0 '$K kustomize kust | grep -cE "kust: .?yes" && $K apply -k kust'
step run kustomize-pipe 0 '$K kustomize kust | $K apply -f -'
step run wait-ready 0 'sleep 2; $K wait --for=condition=Ready pod -l app=web -n $NS2 --timeout=55s'
step run rollout-status 0 '$K rollout status deploy/web -n $NS2 --timeout=50s | tail -1'
step run get-deploy 0 '$K get deploy -n $NS2 && $K get deploy web -n $NS2 -o wide'
step run get-rs 0 '$K get rs -n $NS2 -o wide'
step run get-pods 0 '$K get pods -n $NS2'
step run get-pods-wide 0 '$K get pods -n $NS2 -o wide'
step run get-pods-L 0 '$K get pods -n $NS2 -L app --show-kind'
step run get-pods-fields 0 '$K get pods -n $NS2 --field-selector=status.phase=Running -o name | wc -l'
step run get-all 0 '$K get all -n $NS2'
step run get-endpoints 0 '$K get endpointslices -n $NS2'
step run describe-svc 0 '$K describe svc web -n $NS2'
step run describe-deploy 0 '$K describe deploy web -n $NS2 | sed "/^Events/,\$d"'
step run describe-pod 0 '$K describe pod -n $NS2 -l app=web | grep -E "^(Name|Namespace|Priority|Node|Labels|Status|Controlled By|QoS|Conditions|Volumes|Tolerations)|^  (Type|Ready|Initialized|ContainersReady|PodScheduled)|^    (Image|Port|State|Ready|Restart Count|Environment):"'
step run describe-node 0 '$K describe node $NODE1 | grep -E "^[A-Z][A-Za-z -]*:"'
step run events-reasons 0 '$K get events -n $NS2 -o jsonpath="{range .items[*]}{.involvedObject.kind} {.reason}{\"\\n\"}{end}" | grep -E "Deployment|ReplicaSet|Scheduled" | sort -u'
step run events-cmd 0 '$K events -n $NS2 --for deployment/web --no-headers | awk "{print \$2,\$3,\$4}"'
step run logs 0 '$K logs -n $NS2 deploy/web 2>/dev/null | wc -l | awk "{print (\$1>=0)?\"logs-ok\":\"no\"}"'
step run logs-bad-container 1 '$K logs -n $NS2 deploy/web -c nope 2>&1 | tail -1; exit ${PIPESTATUS[0]}'
step run exec 0 '$K exec -n $NS2 deploy/web -- true && echo exec-ok'
step run exec-rc 3 '$K exec -n $NS2 deploy/web -- sh -c "exit 3"'
step run exec-stdin 0 'echo hello | $K exec -i -n $NS2 deploy/web -- cat'
step run port-forward 0 '$K port-forward -n $NS2 svc/web 38${PFP:-080}:80 >pf.log 2>&1 & p=$!; for i in $(seq 30); do curl -sf -o /dev/null -m 2 http://127.0.0.1:38${PFP:-080}/healthz && break; sleep .3; done; curl -s -o /dev/null -m 3 -w "%{http_code}\n" http://127.0.0.1:38${PFP:-080}/healthz; kill $p; head -1 pf.log'
step run scale-up 0 '$K scale deploy web -n $NS2 --replicas=3 && $K rollout status deploy/web -n $NS2 --timeout=50s | tail -1 && $K get deploy web -n $NS2'
step run scale-precondition 1 '$K scale deploy web -n $NS2 --current-replicas=9 --replicas=1'
step run endpoints-follow 0 'sleep 1; $K get endpointslices -n $NS2 -l kubernetes.io/service-name=web -o jsonpath="{.items[0].endpoints[*].conditions.ready}"'
step run rollout-restart 0 '$K rollout restart deploy/web -n $NS2 && $K rollout status deploy/web -n $NS2 --timeout=55s | tail -1'
step run rollout-history 0 '$K rollout history deploy/web -n $NS2'
step run set-env-rollout 0 '$K set env deploy/web -n $NS2 NEW=1 && $K rollout status deploy/web -n $NS2 --timeout=55s | tail -1'
step run rollout-undo 0 '$K rollout undo deploy/web -n $NS2 && $K rollout status deploy/web -n $NS2 --timeout=55s | tail -1 && $K get deploy web -n $NS2 -o jsonpath="{.spec.template.spec.containers[0].env[*].name}"'
step run bad-image 0 '$K create deployment badimg -n $NS2 --image=registry.invalid/none:1 >/dev/null; for i in $(seq 60); do $K get pods -n $NS2 -l app=badimg --no-headers 2>/dev/null | grep -qE "ErrImagePull|ImagePullBackOff" && break; sleep .5; done; $K get pods -n $NS2 -l app=badimg --no-headers | awk "{print \$2, (\$3 ~ /ImagePull/)?\"pull-error\":\$3}"; $K delete deploy badimg -n $NS2'
step run delete-pod-recreates 0 'n=$($K get pods -n $NS2 -l app=web -o name | head -1); $K delete -n $NS2 $n >/dev/null; $K wait --for=condition=Ready pod -l app=web -n $NS2 --timeout=50s >/dev/null; $K get pods -n $NS2 -l app=web --no-headers | wc -l'
step run watch-pods-scale 0 '(sleep 1; $K scale deploy web -n $NS2 --replicas=1 >/dev/null) & timeout 8 $K get pods -n $NS2 -w --no-headers | awk "{print \$2,\$3}" | sort -u; wait; true'
[ -n "$LB" ] && step run lb-hostname 0 '$K apply -n $NS2 -f lb.yaml && for i in $(seq 100); do h=$($K get svc lb -n $NS2 -o jsonpath="{.status.loadBalancer.ingress[0].hostname}"); [ -n "$h" ] && break; sleep .5; done; echo $h | sed -E "s/^[a-zA-Z0-9-]+\./NAME./"; [ -n "$h" ]'
step run cordon-uncordon 0 '$K cordon $NODE1 && $K get node $NODE1 --no-headers | awk "{print \$2}" && $K uncordon $NODE1'
step run imperative-run 0 '$K run p1 -n $NS2 --image=$IMAGE --restart=Never --port=8080 -- pause && $K wait --for=condition=Ready pod/p1 -n $NS2 --timeout=50s && $K delete pod p1 -n $NS2 --grace-period=1'

# ------------------------------------------------------------------ tear down
step api delete-f 0 '$K delete -n $NS -f app2.yaml -f kinds.yaml --ignore-not-found'
step ctl delete-ns 0 '$K delete ns $NS $NS2 --timeout=50s'
step ctl get-deleted-ns 1 '$K get ns $NS'
echo "steps=$nstep" ; echo "steps=$nstep misses=$miss" >&2
exit $(( miss > 99 ? 99 : miss ))
