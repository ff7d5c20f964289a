// A docker for the real kind: nodes that are names in a file, whose kubeadm configuration is kept, and whose cluster is another nlbox's.

/** Shell, for a script on the PATH. `folder` keeps `calls`, `nodes` and a file `NODE.conf` per node; the kubeconfig is handed out as the cluster's. */
export const fakeDocker = (folder: string, kubeconfig: string, version: string): string => `#!/bin/bash
D=${folder}
echo "docker $*" >> $D/calls
case "$*" in
  -v) echo 'Docker version 28.2.2, build e6534b4';;
  'info --format {{json .}}') echo '{"CgroupDriver":"systemd","CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true,"SecurityOptions":["name=seccomp,profile=builtin","name=cgroupns"],"OSType":"linux","Driver":"overlay2"}';;
  'info --format {{.ServerVersion}}') echo 28.2.2;;
  'image inspect'*) exit 1;;
  'network ls'*) echo 4f1c;;
  'ps -a'*) case "$*" in *Label*) [ ! -s $D/nodes ] || echo eks-workshop;; *) cat $D/nodes 2> /dev/null;; esac;;
  run*) echo "$3" >> $D/nodes; echo 4f1c;;
  'rm -f'*) rm -f $D/nodes;;
  'logs -f'*) echo 'Reached target Multi-User System detected cgroup v1';;
  inspect*role*) case "$*" in *control-plane) echo control-plane;; *) echo worker;; esac;;
  inspect*desktop.docker.io*) echo;;
  inspect*6443*) printf '%s' "$(sed -n 's,.*server: https://,,p' ${kubeconfig})" | tr ':' '\\t';;
  inspect*IPAddress*) echo 172.18.0.5,;;
  exec*'cat /kind/version') echo ${version};;
  exec*'cat /etc/kubernetes/admin.conf') cat ${kubeconfig};;
  exec*'cp /dev/stdin /kind/kubeadm.conf') cat > "$D/$4.conf";;
  exec*'get nodes'*) echo True;;
  exec*' -i '*) cat > /dev/null;;
esac
exit 0
`;
