/** A whole host to break and to mend, where hullguard runs as root runs it. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../../../agent/report.ts';
import type { Suite } from '../../lab/engine.ts';
import { type HostResult, type LabHost, startHost } from '../../lab/host.ts';
import { buildBundle } from '../bundle.ts';

export interface Guest {
  readonly suite: Suite;
  readonly host: LabHost;
  hullguard(...args: readonly string[]): Promise<HostResult>;
  /** The status of each check. */
  judge(checks: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** What `apply` may touch and a rollback has to bring back: a line for each thing. */
  state(): Promise<readonly string[]>;
  /** Writes the configuration: YAML. */
  configure(config: string): Promise<void>;
}

/** Boots a host with hullguard as it is shipped and a container that serves a port. */
export async function startGuest(suite: Suite): Promise<Guest> {
  const bundle = await buildBundle();
  const host = await startHost({ suite });
  await copyFile(bundle, join(host.share, 'hullguard.cjs'));
  await mkdir(join(host.share, 'bin'), { recursive: true });
  for (const [name, script] of Object.entries(SCRIPTS))
    await writeFile(join(host.share, 'bin', name), `#!/bin/bash\n${script}`, { mode: 0o755 });
  await host.sh('cp /lab/bin/* /usr/local/bin/; keep-running');
  const hullguard: Guest['hullguard'] = (...args) => host.run(`node /lab/hullguard.cjs ${args.join(' ')}`, { timeoutMs: 240_000 });
  return {
    suite,
    host,
    hullguard,
    async judge(checks) {
      const { stdout, stderr } = await hullguard('audit', '--report', 'json', ...checks.flatMap((check) => ['--check', check]));
      if (stdout === '') throw new Error(stderr);
      const { findings } = JSON.parse(stdout) as Report;
      return Object.fromEntries(findings.map(({ check, status }) => [check, status]));
    },
    state: async () => (await host.sh('print-state')).split('\n'),
    configure: async (config) => {
      await writeFile(join(host.share, 'config.yaml'), config);
      await host.sh('mkdir -p /etc/hullguard && cp /lab/config.yaml /etc/hullguard/');
    },
  };
}

/** The lines that only one of two states has. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}

const SCRIPTS = {
  /** Once more, in whatever state its unit is. */
  'restart-docker': `
systemctl reset-failed docker.service docker.socket
systemctl restart docker.service && keep-running`,

  /** No restart policy: nothing but hullguard brings it back. */
  'keep-running': `
docker start keep >/dev/null 2>&1 ||
  docker run -d --name keep --stop-signal KILL -p 8080:80 busybox:lab sh -c 'echo ok >/index.html; exec httpd -f -h /' >/dev/null`,

  /** set-json TEXT: daemon.json with attributes, an access list and times that are not of today; dockerd takes it. */
  'set-json': `
set -e
rm -f /etc/docker/daemon.json
mkdir -p /etc/docker
printf '%b' "$1" >/etc/docker/daemon.json
chmod 640 /etc/docker/daemon.json
chgrp adm /etc/docker/daemon.json
mark-files /etc/docker/daemon.json
restart-docker`,

  /** Files that a careless copy would not bring back. */
  'mark-files': `
set -e
for file; do
  perl -e '($path, $name, $value) = (@ARGV, "user.origin", "by hand"); syscall(188, $path, $name, $value, 7, 0) == 0 or die $!' "$file"
  [ -d "$file" ] || setfacl -m u:backup:r "$file"
  touch -d '2021-03-04 05:06:07.123456789' "$file"
done`,

  'print-state': `
cd /
find etc usr/lib/systemd/system/docker.* -xdev ! -type d -printf '%p %y %m %U:%G %T@ %l\\n'
find etc run/docker.sock run/containerd/containerd.sock -xdev \\( -type d -o -type s \\) -printf '%p %y %m %U:%G\\n'
find etc -xdev -type f -exec sha256sum {} +
find etc -xdev \\( -type d -o -type f \\) -print0 | perl -0ne '
  chomp;
  $names = "\\0" x 4096;
  $size = syscall(195, $_, $names, 4096);
  next if $size <= 0;
  for $name (sort split /\\0/, substr($names, 0, $size)) {
    $value = "\\0" x 4096;
    $length = syscall(192, $_, $name, $value, 4096);
    print "$_ $name=", unpack("H*", substr($value, 0, $length)), "\\n";
  }'
auditctl -l
docker ps --format 'container {{.Names}} runs'
systemctl is-active docker.service docker.socket
busybox wget -q -O - http://127.0.0.1:8080/`,
};
