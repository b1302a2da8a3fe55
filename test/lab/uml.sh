#!/bin/bash
# A whole host in one process: User Mode Linux boots systemd with dockerd, auditd and AppArmor under it.
# It has a kernel of its own, so audit rules, cgroups and firewall are its own too.
#   uml.sh build SUITE                 makes disk and kernel where that was not done before
#   uml.sh start DIR SUITE [-o PID]    the same, then boots; -o PID: clean when that process is gone
#   uml.sh clean DIR                   pulls the plug, removes DIR
# In the guest DIR/share is /lab, and this checkout /hullguard (read-only). Once systemd has settled,
# its state stands in share/.jobs/state. Jobs: write share/.jobs/ID.sh, then the line "ID SECONDS" into
# DIR/jobs; when ID.rc appears, ID.out and ID.err are complete. Disks and kernel are kept in
# $HULLGUARD_LAB (default /var/tmp/hullguard-lab).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
cmd=${1:-}
work=$(realpath -m "${HULLGUARD_LAB:-/var/tmp/hullguard-lab}")
kernel=$work/uml
checkout=$(cd "$lab_here/../.." && pwd -P)

# io_uring, which Node uses where it is there, corrupts the memory of this kernel.
launch() { # launch DISK
  local memory
  [[ $checkout$work =~ ^[A-Za-z0-9/._-]+$ ]] || lab_die "a path here would need quoting: $checkout, $work"
  mkdir -p "$dir/share/.jobs"
  mkfifo "$dir/jobs"
  exec 3<>"$dir/jobs"
  for memory in /dev/shm "$dir"; do # /dev/shm of a container may be too small
    if (($(df --output=avail -k "$memory" | tail -n 1) > 2200000)); then break; fi
  done
  LD_PRELOAD=$kernel/registers.so TMPDIR=$memory lab_launch leader "$kernel/linux" mem=2G "ubd0=$1" root=/dev/ubda rw quiet lsm=yama,apparmor \
    sysctl.kernel.io_uring_disabled=2 \
    con=null con0=null,fd:1 ssl=null ssl0=fd:3,null uml_dir="$dir" umid=uml \
    lab.modules="$kernel/usr/lib/uml/modules" lab.checkout="$checkout" lab.share="$dir/share"
}

build_kernel() {
  local libs loader
  rm -rf "$kernel" "$kernel".tree*
  "$lab_here/tree.sh" kernel "$kernel.tree"
  mv "$kernel.tree" "$kernel"
  libs=$(echo "$kernel"/usr/lib/*-linux-gnu)
  loader=$libs/ld-linux-x86-64.so.2
  cp "$kernel/usr/bin/linux.uml" "$kernel/linux"
  cc -shared -fPIC -O2 -o "$kernel/registers.so" "$lab_here/registers.c"
  # its libc is newer than this machine's may be
  "$loader" --library-path "$libs" "$kernel/usr/bin/patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libs" \
    "$kernel/linux"
}

build_disk() { # build_disk SUITE
  rm -rf "$disk" "$disk".tree* # also what an interrupted build left
  "$lab_here/tree.sh" "$1" "$disk.tree"
  truncate -s 8G "$disk.new"
  mke2fs -q -F -t ext4 -O ^has_journal -E lazy_itable_init=1,nodiscard -d "$disk.tree" "$disk.new"
  rm -rf "$disk.tree"
}

# The first boot takes longer than others; it happens here, once, and leaves an image busybox:lab.
prepare() {
  lab_folder "$(mktemp -d "$work/run-XXXXXX")"
  lab_owner $$ clean
  mkdir -p "$dir/share/.jobs"
  cat >"$dir/share/.jobs/prepare.sh" <<'GUEST'
set -e
systemctl is-system-running --wait || { systemctl --failed; exit 1; }
mkdir -p /var/tmp/busybox/bin
cd /var/tmp/busybox
cp "$(command -v busybox)" bin/
for applet in $(busybox --list | grep -vx busybox); do ln -s busybox "bin/$applet"; done
tar -c . | docker import --change 'CMD ["/bin/sh"]' --change 'ENV PATH=/bin' - busybox:lab
rm -r /var/tmp/busybox
systemctl poweroff --no-block
GUEST
  launch "$disk.new"
  echo 'prepare 200' >&3
  timeout 240 tail --pid="$(lab_pid leader)" -f /dev/null || true
  if lab_pid leader || [ "$(cat "$dir/share/.jobs/prepare.rc" 2>/dev/null)" != 0 ]; then
    tail -n 20 "$log" "$dir"/share/.jobs/prepare.* >&2 || true
    lab_die "the first boot failed"
  fi
  mv "$disk.new" "$disk"
  disown -a # no message of its end
  lab_clean "$dir/none"
}

build() { # build SUITE
  local version
  [[ $1 =~ ^(bookworm|trixie|sid)$ ]] || lab_die "no such suite: $1"
  mkdir -p "$work"
  chmod 755 "$work"
  disk=$work/host-$1
  version=$(cat "$lab_here/tree.sh" "$lab_here/uml.sh" "$lab_here/registers.c" | cksum)
  ready() { [ -e "$2" ] && [ "$(cat "$1.ok" 2>/dev/null)" = "$version" ]; }
  if ready "$kernel" "$kernel/linux" && ready "$disk" "$disk"; then return 0; fi
  exec 9>"$work/host.lock"
  flock 9
  if ! ready "$kernel" "$kernel/linux"; then
    build_kernel
    echo "$version" >"$kernel.ok"
  fi
  if ! ready "$disk" "$disk"; then
    build_disk "$1"
    prepare 9>&-
    echo "$version" >"$disk.ok"
  fi
  exec 9>&-
}

case $cmd in
build) build "${2:-}" ;;
start)
  build "${3:-}"
  lab_folder "$2"
  [ "${4:-}" != -o ] || lab_owner "$5" clean
  launch "$dir/disk,$disk"
  ;;
clean)
  lab_folder "${2:-}"
  if leader=$(lab_pid leader); then kill -KILL -- "-$leader"; fi # with the processes of the guest
  disown -a # no message of its end
  lab_clean "$dir/none"
  ;;
*) lab_die "unknown command $cmd" ;;
esac
