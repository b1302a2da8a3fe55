#!/bin/bash
# The audit daemon by hand on this machine's kernel, without systemd:
#   auditd.sh start DIR [-o PID]   prints its log file; waits while another test's auditd runs
#   auditd.sh stop DIR             ends it, drops rules with a key hullguard*, restores `enabled`
# -o PID: stop when that process is gone. Watch a file with: auditctl -w FILE -p wa -k hullguard
# Only processes started after auditing was first switched on leave records: change watched files
# from a child process, not from a test runner that is older.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
cmd=${1:-}
lab_folder "${2:-}"
shift 2
state() { auditctl -s | awk -v key="$1" '$1 == key {print $2}'; }
idle() { [ "$(state pid)" = 0 ]; }

configure() {
  mkdir -p "$dir/plugins.d"
  cat >"$dir/auditd.conf" <<CONF
local_events = yes
write_logs = yes
log_file = $dir/audit.log
log_group = root
log_format = ENRICHED
flush = DATA
max_log_file = 8
num_logs = 2
max_log_file_action = ROTATE
space_left = 20
space_left_action = IGNORE
admin_space_left = 10
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
plugin_dir = $dir/plugins.d
CONF
  chmod 640 "$dir/auditd.conf"
}

start() {
  local owner=''
  [ "${1:-}" != -o ] || owner=$2
  [ "$(state enabled)" != 2 ] || lab_die "audit rules are locked until reboot"
  configure
  exec 9>/run/lock/hullguard-auditd # one audit daemon per kernel
  if ! flock -w 120 9 || ! lab_wait 120 idle; then lab_die "another auditd runs (pid $(state pid))"; fi
  state enabled >"$dir/enabled"
  lab_launch auditd auditd -n -c "$dir" 9>&-
  if [ -n "$owner" ]; then lab_owner "$owner" stop 9>&-; fi
  registered() { [ "$(state pid)" = "$(lab_pid auditd)" ] && [ -e "$dir/audit.log" ]; }
  lab_wait 10 registered || { tail -n 5 "$log" >&2; stop; lab_die "auditd did not register"; }
  echo "$dir/audit.log"
}

stop() {
  local pid type rule
  if pid=$(lab_pid watcher) && [ "$pid" != $$ ]; then kill -KILL -- "-$pid"; fi
  # auditd last: once it is gone, the next test may start its own
  auditctl -l | sed -n 's/^-\([wa]\) \(.*\(-k \|key=\)hullguard.*\)/\1 \2/p' | while read -r type rule; do
    # shellcheck disable=SC2086
    if [ "$type" = w ]; then auditctl -W $rule; else auditctl -d $rule; fi || true
  done
  if [ -s "$dir/enabled" ]; then auditctl -e "$(cat "$dir/enabled")" >/dev/null; fi
  if pid=$(lab_pid auditd); then
    kill -TERM "$pid"
    lab_wait 10 idle || kill -KILL "$pid"
  fi
  rm -f "$dir/enabled" "$dir/auditd" "$dir/watcher"
}

case $cmd in
start) start "$@" ;;
stop) stop ;;
*) lab_die "unknown command $cmd" ;;
esac
