# Shared by dockerd.sh and podman.sh: long-running processes that belong to one folder, $dir.
# shellcheck shell=bash disable=SC2034,SC2317
lab_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab_die() { echo "${0##*/}: $*" >&2; exit 1; }

# lab_folder DIR: sets dir (absolute) and log
lab_folder() {
  [ -n "${1:-}" ] || lab_die "no folder given"
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P) log=$dir/log
  ((${#dir} < 80)) || lab_die "path too long for a unix socket in it: $dir"
  [[ $dir =~ ^[A-Za-z0-9/._-]+$ ]] || lab_die "this path would need quoting: $dir"
}

# $dir/NAME holds "pid starttime", so a recycled pid is never taken for ours. A zombie counts as dead.
lab_stamp() { awk '{sub(/.*\) /, ""); if ($1 != "Z") print $20}' "/proc/$1/stat" 2>/dev/null || true; }
lab_pid() { # lab_pid NAME: the pid recorded under that name, while it is alive
  local pid stamp
  { read -r pid stamp <"$dir/$1"; } 2>/dev/null || return 1
  [ -n "$stamp" ] && [ "$(lab_stamp "$pid")" = "$stamp" ] && echo "$pid"
}

# lab_launch NAME COMMAND...: in a session of its own, output to the log. LAB_DIR marks it as ours
# from its first moment on.
lab_launch() {
  local name=$1 pid
  shift
  rm -f "$dir/$name.new"
  # shellcheck disable=SC2016
  LAB_DIR=$dir setsid bash -c 'echo $$ >"$0" && exec "$@"' "$dir/$name.new" "$@" </dev/null >>"$log" 2>&1 &
  lab_wait 5 test -s "$dir/$name.new" || lab_die "cannot launch $*"
  read -r pid <"$dir/$name.new"
  echo "$pid $(lab_stamp "$pid")" >"$dir/$name.new"
  mv "$dir/$name.new" "$dir/$name" # at once: others may read it just now
}

# lab_wait SECONDS COMMAND...: until the command succeeds
lab_wait() {
  local turns=$(($1 * 50))
  shift
  while ((turns-- > 0)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.02
  done
  return 1
}

# lab_ready SOCKET: wait until the process `leader` answers there, then print the endpoint
lab_ready() {
  answers() { ! lab_pid leader || curl -sf -m 2 --unix-socket "$1" http://lab/_ping; }
  if lab_wait 60 answers "$1" && lab_pid leader >/dev/null; then echo "unix://$1"; return 0; fi
  tail -n 15 "$log" >&2
  lab_die "the daemon does not answer"
}

# lab_namespaces [LOWER]: network and mount namespaces of our own, kept by the process `holder`, so
# that bridges and firewall rules of several daemons cannot clash, and what a daemon writes outside
# its folder (keys, shim sockets, the user that userns-remap adds) never reaches the machine.
# LOWER is laid over /etc. systemd's sockets stay reachable, and the cgroups in the new /sys.
lab_namespaces() {
  if lab_pid holder >/dev/null; then return 0; fi
  # shellcheck disable=SC2016
  lab_launch holder unshare --mount --net --propagation private bash -ec '
    dir=$1 kept=(sys/fs/cgroup run/systemd run/dbus)
    for d in "${kept[@]}"; do
      if [ -d "/$d" ]; then mkdir -p "$dir/kept/$d"; mount -n --rbind "/$d" "$dir/kept/$d"; fi
    done
    mkdir "$dir/over"
    mount -n -t tmpfs tmpfs "$dir/over"
    mount -n -t sysfs sysfs /sys
    for d in etc opt run var/lib; do
      [[ $dir/ != /$d/* ]] || continue
      mkdir -p "$dir/over/$d/upper" "$dir/over/$d/work"
      lower=/$d
      if [ $d = etc ] && [ -n "$2" ]; then lower=$2:/etc; fi
      mount -n -t overlay -o "lowerdir=$lower,upperdir=$dir/over/$d/upper,workdir=$dir/over/$d/work" overlay "/$d"
    done
    for d in "${kept[@]}"; do
      if [ -d "$dir/kept/$d" ]; then mount -n --move "$dir/kept/$d" "/$d"; fi
    done
    ip link set lo up
    : >"$dir/ready"
    exec sleep infinity' holder "$dir" "${1:-}"
  lab_wait 10 test -e "$dir/ready" || { tail -n 5 "$log" >&2; lab_die "cannot make namespaces"; }
}
# lab_enter NAME COMMAND...: launch inside those namespaces
lab_enter() {
  local name=$1
  shift
  lab_launch "$name" nsenter -t "$(lab_pid holder)" -m -n -r "$@"
}

# lab_owner PID VERB: run our script's VERB by itself when that process is gone, however it ended
lab_owner() {
  # shellcheck disable=SC2016
  lab_launch watcher bash -c 'tail --pid="$1" -f /dev/null; exec env -u LAB_DIR "$2" "$3" "$4"' watcher \
    "$1" "$(readlink -f "$0")" "$2" "$dir"
}

# lab_members: what belongs to $dir: processes with our mark; those that see what only our mount
# namespace has (its number would not do: the kernel gives it to the next one); and those whose root
# file system lies in $dir (containers: also orphaned ones, and ones in the pid namespace of the machine)
lab_members() {
  local d=${dir//./\\.}
  {
    grep -lszFx "LAB_DIR=$dir" /proc/[0-9]*/environ || true
    grep -lsE "^[0-9]+ [0-9]+ [0-9:]+ ([^ ]*$d/[^ ]* / |/ $d/over |/ / .*[=:,]$d/)" /proc/[0-9]*/mountinfo || true
  } | cut -d/ -f3 | sort -u
}
lab_killed() {
  local pids
  mapfile -t pids < <(lab_members)
  [ ${#pids[@]} = 0 ] || { kill -KILL "${pids[@]}" || true; return 1; }
}

# lab_clean CONTAINERS: end it all; CONTAINERS is the folder with an entry per container id
lab_clean() {
  local pid id state
  if pid=$(lab_pid leader); then kill -KILL "$pid"; fi # first, or it would start containers anew
  while read -r state; do # what is paused cannot end
    if [[ $state =~ [0-9a-f]{64} ]] && [ -e "$1/${BASH_REMATCH[0]}" ]; then
      case $state in *.state) echo THAWED ;; *) echo 0 ;; esac >"$state" || true
    fi
  done < <(find /sys/fs/cgroup \( -name freezer.state -o -name cgroup.freeze \) 2>/dev/null)
  lab_wait 10 lab_killed || lab_die "processes of $dir do not end: $(lab_members | xargs)"
  for id in "$1"/*; do
    id=${id##*/}
    ((${#id} == 64)) || continue
    find /sys/fs/cgroup -depth -type d -path "*$id*" -exec rmdir {} + 2>/dev/null || true
  done
  grep -oE " $dir/[^ ]+" /proc/self/mountinfo | sort -ru | xargs -r umount -l 2>/dev/null || true
  rm -rf --one-file-system "$dir"
}
