#!/bin/bash
# A private dockerd, without systemd; any number of them run side by side.
#   dockerd.sh start DIR [-e BIN] [-o PID] [-- FLAG...]   prints its endpoint
#   dockerd.sh restart DIR    as `systemctl restart docker` would
#   dockerd.sh clean DIR      end everything that belongs to DIR, and remove it
# DIR holds daemon.json (write it before, or change it and restart), docker.sock, data/, exec/, log.
# containerd is started apart, as on most hosts; dockerd takes a second longer to end with its own.
# -e BIN runs the engine of that folder (see engines.sh). -o PID: clean when that process is gone.
# Flags for data-root, hosts and the like are left out when daemon.json has the key, since dockerd
# refuses a key given twice. If it has `hosts`, unix://DIR/docker.sock must be one of them.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cmd=${1:-}
lab_folder "${2:-}"
shift 2

launch() {
  local bin flags args
  read -r bin <"$dir/bin.path"
  mapfile -t flags <"$dir/flags"
  export PATH=$dir/bin:${bin:+$bin:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  if ! lab_pid containerd >/dev/null; then
    echo 'disabled_plugins = ["io.containerd.grpc.v1.cri"]' >"$dir/containerd.toml"
    lab_enter containerd containerd --config "$dir/containerd.toml" --address "$dir/containerd.sock" \
      --root "$dir/containerd-data" --state "$dir/exec/containerd"
    lab_wait 20 test -S "$dir/containerd.sock" || lab_die "containerd does not start"
  fi
  unset_key() { ! grep -Eq "\"$1\"[[:space:]]*:" "$dir/daemon.json"; }
  args=(--config-file "$dir/daemon.json")
  if unset_key containerd; then args+=(--containerd "$dir/containerd.sock"); fi
  if unset_key hosts; then args+=(--host "unix://$dir/docker.sock"); fi
  if unset_key data-root; then args+=(--data-root "$dir/data"); fi
  if unset_key exec-root; then args+=(--exec-root "$dir/exec"); fi
  if unset_key pidfile; then args+=(--pidfile "$dir/docker.pid"); fi
  rm -f "$dir/docker.pid" "$dir/docker.sock"
  lab_enter leader dockerd "${args[@]}" "${flags[@]}"
  lab_ready "$dir/docker.sock"
}

start() {
  local bin='' owner='' option
  while getopts e:o: option; do
    case $option in e) bin=$OPTARG ;; o) owner=$OPTARG ;; *) exit 2 ;; esac
  done
  shift $((OPTIND - 1))
  ! lab_pid leader >/dev/null || lab_die "already running"
  [ -z "$owner" ] || lab_owner "$owner" clean
  mkdir -p "$dir/bin" "$dir/data" "$dir/exec"
  ln -sf "$lab_here/runc-lab" "$dir/bin/runc"
  [ -e "$dir/daemon.json" ] || echo '{}' >"$dir/daemon.json"
  echo "$bin" >"$dir/bin.path"
  if (($#)); then printf '%s\n' "$@"; fi >"$dir/flags"
  lab_namespaces ''
  launch
}

# The namespaces outlive it, so live-restore works.
stop() {
  local pid
  pid=$(lab_pid leader) || return 0
  ended() { ! lab_pid leader; }
  kill -TERM "$pid"
  lab_wait 30 ended || kill -KILL "$pid"
}

case $cmd in
start) start "$@" ;;
restart)
  exec 8>"$dir/restart.lock" # whoever ordered a restart may be gone, and the next order come
  flock 8
  stop
  launch 8>&-
  ;;
clean) lab_clean "$dir/exec/containerd/io.containerd.runtime.v2.task/moby" ;;
*) lab_die "unknown command $cmd" ;;
esac
