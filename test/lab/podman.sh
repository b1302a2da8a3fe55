#!/bin/bash
# podman's Docker-compatible API, without podman installed.
#   podman.sh start DIR -e TREE [-o PID]    prints its endpoint; TREE from engines.sh podman-SUITE
#   podman.sh restart DIR
#   podman.sh clean DIR       end everything that belongs to DIR, and remove it
# DIR holds containers.conf, podman.sock, root/ (storage), log. It runs containers with runc: crun
# refuses machines that mount both cgroup versions.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cmd=${1:-}
lab_folder "${2:-}"
shift 2

configure() { # configure TREE
  cat >"$dir/containers.conf" <<CONF
[engine]
runtime = "runc"
conmon_path = ["$1/usr/bin/conmon"]
helper_binaries_dir = ["$1/usr/lib/podman"]
cgroup_manager = "cgroupfs"
events_logger = "file"
static_dir = "$dir/static"
volume_path = "$dir/volumes"
tmp_dir = "$dir/tmp"
[engine.runtimes]
runc = ["$dir/bin/runc"]
[network]
network_backend = "netavark"
network_config_dir = "$dir/net"
[containers]
seccomp_profile = "$1/usr/share/containers/seccomp.json"
CONF
}

launch() {
  local tree
  read -r tree <"$dir/tree.path"
  rm -f "$dir/podman.sock"
  LAB_RUNC=$tree/runc TMPDIR=$dir/tmp CONTAINERS_CONF=$dir/containers.conf PATH=$PATH:/usr/sbin:/sbin:$tree/usr/sbin \
    lab_enter leader "$tree/usr/bin/podman" --root "$dir/root" --runroot "$dir/run" --storage-driver overlay \
    system service -t 0 "unix://$dir/podman.sock"
  lab_ready "$dir/podman.sock"
}

start() {
  local tree='' owner='' option
  while getopts e:o: option; do
    case $option in e) tree=$OPTARG ;; o) owner=$OPTARG ;; *) exit 2 ;; esac
  done
  [ -n "$tree" ] || lab_die "start needs -e TREE"
  [ -z "$owner" ] || lab_owner "$owner" clean
  mkdir -p "$dir/bin" "$dir/tmp"
  ln -sf "$lab_here/runc-lab" "$dir/bin/runc"
  echo "$tree" >"$dir/tree.path"
  configure "$tree"
  lab_namespaces "$tree/etc.over"
  launch
}

stop() {
  local pid
  pid=$(lab_pid leader) || return 0
  ended() { ! lab_pid leader; }
  kill -TERM "$pid"
  lab_wait 10 ended || kill -KILL "$pid"
}

case $cmd in
start) start "$@" ;;
restart) stop; launch ;;
clean) lab_clean "$dir/root/overlay-containers" ;;
*) lab_die "unknown command $cmd" ;;
esac
