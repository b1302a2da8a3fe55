/** What a hardened host has: the files, answers and programs that a row's literal is laid over. */
import type { FakeFile, HostLiteral, Literal } from './fake-host.ts';

/** A hardened container; `overrides` are merged into what `docker inspect` would print. */
function container(overrides: Literal = {}): Literal {
  const id = String(overrides['Id'] ?? 'c0ffee').padEnd(64, '0');
  return merge(
    {
      Id: id,
      Name: '/web',
      Created: '2026-01-02T03:04:05Z',
      Image: `sha256:${'1'.repeat(64)}`,
      AppArmorProfile: 'docker-default',
      ProcessLabel: '',
      MountLabel: '',
      ExecIDs: null,
      State: { Status: 'running', Running: true, Pid: 4242, Health: { Status: 'healthy' } },
      Config: {
        Image: `registry.example/web@sha256:${'a'.repeat(64)}`,
        User: '1000',
        Env: ['PATH=/bin'],
        Healthcheck: { Test: ['CMD', 'true'] },
        Labels: {},
      },
      HostConfig: {
        Privileged: false,
        CapAdd: null,
        CapDrop: ['CAP_NET_RAW'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        NetworkMode: 'frontend',
        PidMode: '',
        IpcMode: 'private',
        UTSMode: '',
        UsernsMode: '',
        CgroupParent: '',
        Memory: 64 << 20,
        NanoCpus: 500_000_000,
        CpuQuota: 0,
        CpuShares: 0,
        CpusetCpus: '',
        PidsLimit: 100,
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 },
        Ulimits: [],
        Devices: [],
        DeviceRequests: null,
        DeviceCgroupRules: null,
        PublishAllPorts: false,
        PortBindings: {},
        LogConfig: { Type: 'syslog' },
      },
      Mounts: [],
      NetworkSettings: { Ports: {}, Networks: { frontend: {} } },
    },
    { ...overrides, Id: id },
  );
}

function image(overrides: Literal = {}): Literal {
  return merge(
    {
      Id: `sha256:${'1'.repeat(64)}`,
      RepoTags: ['registry.example/web:1'],
      RepoDigests: [`registry.example/web@sha256:${'a'.repeat(64)}`],
      Created: '2026-01-01T00:00:00Z',
      Config: { User: '1000', Env: ['PATH=/bin'], Labels: null, Healthcheck: { Test: ['CMD', 'true'] } },
    },
    overrides,
  );
}

const HARDENED_INFO: Literal = {
  Name: 'testhost',
  ServerVersion: '28.5.2',
  Driver: 'overlay2',
  DockerRootDir: '/var/lib/docker/100000.100000',
  Debug: false,
  ExperimentalBuild: false,
  LiveRestoreEnabled: true,
  LoggingDriver: 'fluentd',
  CgroupDriver: 'systemd',
  CgroupVersion: '2',
  KernelVersion: '6.12.0',
  OperatingSystem: 'Debian GNU/Linux 13 (trixie)',
  MemTotal: 8 * 2 ** 30,
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=userns', 'name=no-new-privileges'],
  Warnings: null,
  Runtimes: { runc: { path: 'runc' } },
  Plugins: { Authorization: ['authz'], Log: ['fluentd', 'json-file'] },
  RegistryConfig: { InsecureRegistryCIDRs: ['127.0.0.0/8', '::1/128'], IndexConfigs: { 'docker.io': { Secure: true } }, Mirrors: null },
  Containerd: { Address: '/run/containerd/containerd.sock' },
  Swarm: { LocalNodeState: 'inactive', ControlAvailable: false, NodeID: '', NodeAddr: '' },
};

const HARDENED_DAEMON_JSON: Literal = {
  icc: false,
  'no-new-privileges': true,
  'live-restore': true,
  'userland-proxy': false,
  'userns-remap': 'default',
  'log-driver': 'fluentd',
  'authorization-plugins': ['authz'],
};

const BRIDGE: Literal = {
  Name: 'bridge',
  Driver: 'bridge',
  Scope: 'local',
  Ingress: false,
  Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0' },
};

const AUDITED = [
  '/usr/bin/dockerd',
  '/usr/bin/containerd',
  '/usr/bin/containerd-shim-runc-v2',
  '/usr/bin/runc',
  '/run/containerd',
  '/run/docker.sock',
  '/etc/docker',
  '/etc/default/docker',
  '/usr/lib/systemd/system',
  '/etc/containerd',
  '/var/lib/docker',
];
const AUDIT_RULES = AUDITED.map((path) => `-w ${path} -p wa -k docker`).join('\n');

const PROC_UID = 'Uid:\t';

export function procFiles(
  pid: number,
  name: string,
  options: { uid?: number; cgroup?: string; cmdline?: string; environ?: string },
): Record<string, FakeFile> {
  const { uid = 0, cgroup = '/', cmdline = name, environ = '' } = options;
  return {
    [`/proc/${pid}/stat`]: { content: `${pid} (${name}) S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0` },
    [`/proc/${pid}/cmdline`]: { content: cmdline },
    [`/proc/${pid}/cgroup`]: { content: `0::${cgroup}\n` },
    [`/proc/${pid}/environ`]: { content: environ },
    [`/proc/${pid}/status`]: {
      content: `Name:\t${name}\n${PROC_UID}${uid}\t${uid}\t${uid}\t${uid}\nNSpid:\t${pid}\nNoNewPrivs:\t1\nSeccomp:\t2\n`,
    },
  };
}

export function hardenedFiles(literal: HostLiteral): Record<string, FakeFile> {
  const { dockerd = {}, daemonJson = HARDENED_DAEMON_JSON } = literal;
  const argv = ['/usr/bin/dockerd', ...(dockerd?.flags ?? ['-H', 'fd://', '--containerd=/run/containerd/containerd.sock'])];
  const json = typeof daemonJson === 'string' ? daemonJson : JSON.stringify(daemonJson, null, 2);
  const containers = literal.containers?.map(container) ?? [];
  const files: Record<string, FakeFile> = {
    '/proc/stat': { content: 'cpu 0\nbtime 1750000000\n' },
    '/proc/1/mountinfo': { content: '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /var/lib/docker rw - ext4 /dev/sda2 rw\n' },
    '/proc/sys/kernel/hostname': { content: 'testhost\n' },
    '/proc/sys/kernel/osrelease': { content: '6.12.0\n' },
    '/proc/sys/net/ipv4/ip_unprivileged_port_start': { content: '1024\n' },
    '/etc/os-release': { content: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n' },
    '/etc/passwd': { content: 'root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n' },
    '/etc/group': { content: 'root:x:0:\ndocker:x:998:\nusers:x:100:alice\n' },
    '/etc/environment': { content: 'DOCKER_CONTENT_TRUST=1\n' },
    '/etc/audit/rules.d/docker.rules': { content: `-D\n${AUDIT_RULES}\n` },
    '/etc/docker': { kind: 'directory', mode: 0o755 },
    '/etc/default/docker': { content: '' },
    '/etc/containerd/config.toml': { content: '' },
    '/usr/lib/systemd/system/docker.service': { content: '[Service]\n' },
    '/usr/lib/systemd/system/docker.socket': { content: '[Socket]\n' },
    '/var/run': { kind: 'link', link: '/run' },
    '/run/docker.sock': { kind: 'socket', mode: 0o660, gid: 998 },
    '/run/containerd/containerd.sock': { kind: 'socket', mode: 0o660 },
    '/var/lib/docker': { kind: 'directory', mode: 0o710 },
    '/usr/bin/dockerd': { mode: 0o755 },
    '/usr/bin/containerd': { mode: 0o755 },
    '/usr/bin/containerd-shim-runc-v2': { mode: 0o755 },
    '/usr/bin/runc': { mode: 0o755 },
    ...(daemonJson === null ? {} : { '/etc/docker/daemon.json': { content: json, modifiedAt: 1_749_000_000_000 } }),
    ...(dockerd === null
      ? {}
      : {
          ...procFiles(100, 'dockerd', {
            uid: dockerd.uid ?? 0,
            cgroup: '/system.slice/docker.service',
            cmdline: `${argv.join('\0')}\0`,
            environ: dockerd.environment ?? '',
          }),
          '/proc/100/root/run/docker.sock': { kind: 'link', link: '/run/docker.sock' },
        }),
  };
  for (const entry of containers) {
    const state = entry['State'] as { Running: boolean; Pid: number };
    if (!state.Running) continue;
    const cgroup = `/system.slice/docker-${String(entry['Id'])}.scope`;
    Object.assign(files, procFiles(state.Pid, 'web', { uid: 101_000, cgroup }));
    files[`/sys/fs/cgroup${cgroup}/memory.current`] = { content: `${32 << 20}\n` };
    files[`/proc/${state.Pid}/uid_map`] = { content: '         0     100000      65536\n' };
  }
  return files;
}

export function apiAnswers(literal: HostLiteral): Record<string, unknown> {
  const containers = (literal.containers ?? []).map(container);
  const images = (literal.images ?? []).map(image);
  const answers: Record<string, unknown> = {
    '/version': merge(
      {
        Version: '28.5.2',
        ApiVersion: '1.51',
        Components: [
          { Name: 'Engine', Version: '28.5.2' },
          { Name: 'containerd', Version: '2.1.9' },
          { Name: 'runc', Version: '1.3.6' },
        ],
      },
      literal.version ?? {},
    ),
    '/info': merge(HARDENED_INFO, literal.info ?? {}),
    '/networks': literal.networks ?? [BRIDGE],
    '/volumes': { Volumes: literal.volumes ?? null },
    '/containers/json?all=1': containers.map((entry) => ({ Id: entry['Id'], Names: [entry['Name']] })),
    '/images/json': images.map((entry) => ({ Id: entry['Id'], RepoTags: entry['RepoTags'] })),
    '/services': [],
  };
  for (const entry of containers) answers[`/containers/${String(entry['Id'])}/json`] = entry;
  for (const entry of images) {
    answers[`/images/${String(entry['Id'])}/json`] = entry;
    answers[`/images/${String(entry['Id'])}/history`] = (
      literal.history ?? ['CMD ["web"]', 'COPY . /app # buildkit', '/bin/sh -c #(nop) ADD file:abc in /']
    ).map((CreatedBy) => ({ CreatedBy }));
  }
  return { ...answers, ...literal.api };
}

export const hardenedCommands: HostLiteral['commands'] = {
  'auditctl -s': { stdout: 'enabled 1\nfailure 1\npid 321\n' },
  'auditctl -l': { stdout: `${AUDIT_RULES}\n` },
  systemctl: 'missing',
  getfacl: 'missing',
  getent: 'missing',
};

function merge(base: Literal, overrides: Literal): Literal {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    const before = merged[key];
    merged[key] = isLiteral(before) && isLiteral(value) ? merge(before, value) : value;
  }
  return merged;
}

function isLiteral(value: unknown): value is Literal {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
