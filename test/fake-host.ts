/** In-memory hosts built from literals: a hardened one by default, so that a row says only what differs. */
import { type CommandResult, type FileStatus, type Host, HostError, type HostErrorCode } from '../facts/host.ts';
import type { Policy } from '../facts/policy.ts';
import { policySchema } from '../facts/policy.ts';

/** Nested overrides of a literal. Arrays and nulls replace, objects merge. */
export type Literal = { readonly [key: string]: unknown };

export interface FakeFile {
  readonly kind?: FileStatus['kind'];
  readonly content?: string;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly modifiedAt?: number;
  /** Reading it, or asking for it, fails like this. */
  readonly error?: HostErrorCode;
}

export interface HostLiteral {
  /** The dockerd process; null for none. Its flags follow `dockerd`. */
  readonly dockerd?: { readonly flags?: readonly string[]; readonly uid?: number; readonly environment?: string } | null;
  /** Content of /etc/docker/daemon.json: an object, its text, or null for no file. */
  readonly daemonJson?: Literal | string | null;
  readonly info?: Literal;
  readonly version?: Literal;
  readonly networks?: readonly Literal[];
  readonly volumes?: readonly Literal[];
  /** Overrides of a hardened container each. */
  readonly containers?: readonly Literal[];
  readonly images?: readonly Literal[];
  /** Build history of each image, newest first as the API has it. */
  readonly history?: readonly string[];
  /** Files by path; text is content, null takes one of the default files away. */
  readonly files?: { readonly [path: string]: FakeFile | string | null };
  /** Answers of programs, by name or by the whole command line. */
  readonly commands?: { readonly [command: string]: Partial<CommandResult> | HostErrorCode };
  /** Answers of the engine, by path; a HostError is thrown. */
  readonly api?: { readonly [path: string]: unknown };
  /** Asks for an engine; null for a host without any. */
  readonly endpoint?: string | null;
  readonly policy?: Partial<Policy>;
}

/** A hardened container; `overrides` are merged into what `docker inspect` would print. */
export function container(overrides: Literal = {}): Literal {
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
      Config: { Image: `registry.example/web@sha256:${'a'.repeat(64)}`, User: '1000', Env: ['PATH=/bin'], Healthcheck: { Test: ['CMD', 'true'] }, Labels: {} },
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

export function image(overrides: Literal = {}): Literal {
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
  '/usr/bin/dockerd', '/usr/bin/containerd', '/usr/bin/containerd-shim-runc-v2', '/usr/bin/runc', '/run/containerd', '/run/docker.sock',
  '/etc/docker', '/etc/default/docker', '/usr/lib/systemd/system', '/etc/containerd', '/var/lib/docker',
];
const AUDIT_RULES = AUDITED.map((path) => `-w ${path} -p wa -k docker`).join('\n');

const PROC_UID = 'Uid:\t';

export function procFiles(pid: number, name: string, options: { uid?: number; cgroup?: string; cmdline?: string; environ?: string }): Record<string, FakeFile> {
  const { uid = 0, cgroup = '/', cmdline = name, environ = '' } = options;
  return {
    [`/proc/${pid}/stat`]: { content: `${pid} (${name}) S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0` },
    [`/proc/${pid}/cmdline`]: { content: cmdline },
    [`/proc/${pid}/cgroup`]: { content: `0::${cgroup}\n` },
    [`/proc/${pid}/environ`]: { content: environ },
    [`/proc/${pid}/status`]: { content: `Name:\t${name}\n${PROC_UID}${uid}\t${uid}\t${uid}\t${uid}\nNSpid:\t${pid}\nNoNewPrivs:\t1\nSeccomp:\t2\n` },
  };
}

function hardenedFiles(literal: HostLiteral): Record<string, FakeFile> {
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
          ...procFiles(100, 'dockerd', { uid: dockerd.uid ?? 0, cgroup: '/system.slice/docker.service', cmdline: `${argv.join('\0')}\0`, environ: dockerd.environment ?? '' }),
          '/proc/100/root/run/docker.sock': { kind: 'link', link: '/run/docker.sock' },
        }),
  };
  for (const entry of containers) {
    const state = entry['State'] as { Running: boolean; Pid: number };
    if (!state.Running) continue;
    Object.assign(files, procFiles(state.Pid, 'web', { uid: 101_000, cgroup: `/system.slice/docker-${String(entry['Id'])}.scope` }));
    files[`/proc/${state.Pid}/uid_map`] = { content: '         0     100000      65536\n' };
  }
  return files;
}

function apiAnswers(literal: HostLiteral): Record<string, unknown> {
  const containers = (literal.containers ?? []).map(container);
  const images = (literal.images ?? []).map(image);
  const answers: Record<string, unknown> = {
    '/version': merge({ Version: '28.5.2', ApiVersion: '1.51', Components: [{ Name: 'Engine', Version: '28.5.2' }, { Name: 'containerd', Version: '2.1.9' }, { Name: 'runc', Version: '1.3.6' }] }, literal.version ?? {}),
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
    answers[`/images/${String(entry['Id'])}/history`] = (literal.history ?? ['CMD ["web"]', 'COPY . /app # buildkit', '/bin/sh -c #(nop) ADD file:abc in /']).map((CreatedBy) => ({ CreatedBy }));
  }
  return { ...answers, ...literal.api };
}

const COMMANDS: HostLiteral['commands'] = {
  'auditctl -s': { stdout: 'enabled 1\nfailure 1\npid 321\n' },
  'auditctl -l': { stdout: `${AUDIT_RULES}\n` },
  systemctl: 'missing',
  getfacl: 'missing',
  getent: 'missing',
};

/** Builds the host. Unmentioned parent directories exist, owned by root with mode 0755. */
export function fakeHost(literal: HostLiteral = {}): Host {
  const files = new Map<string, FakeFile>();
  for (const [path, file] of Object.entries({ ...hardenedFiles(literal), ...literal.files })) {
    if (file === null) continue;
    files.set(path, typeof file === 'string' ? { content: file } : file);
  }
  for (const path of [...files.keys()]) {
    for (let parent = path; parent !== ''; ) {
      parent = parent.slice(0, parent.lastIndexOf('/'));
      if (!files.has(parent || '/')) files.set(parent || '/', { kind: 'directory', mode: 0o755 });
    }
  }
  const commands = { ...COMMANDS, ...literal.commands };
  const answers = apiAnswers(literal);
  /** As the kernel does for a plain read: links above the last component, and in it, are followed. */
  function follow(path: string): string {
    const parts = path.split('/').filter(Boolean);
    let here = '';
    for (const part of parts) {
      here = `${here}/${part}`;
      const file = files.get(here);
      if (file?.kind === 'link' && file.link !== undefined) here = follow(file.link.startsWith('/') ? file.link : `${here.slice(0, here.lastIndexOf('/'))}/${file.link}`);
    }
    return here || '/';
  }
  function get(path: string): FakeFile {
    const file = files.get(follow(path));
    if (file === undefined) throw new HostError('missing', `${path}: no such file`);
    if (file.error !== undefined) throw new HostError(file.error, `${path}: ${file.error}`);
    return file;
  }
  return {
    requestedEndpoint: literal.endpoint === undefined || literal.endpoint === null ? null : literal.endpoint,
    home: '/root',
    addresses: ['192.0.2.1'],
    lstat(path) {
      const parent = path.slice(0, path.lastIndexOf('/'));
      const real = `${parent === '' ? '' : follow(parent)}${path.slice(path.lastIndexOf('/'))}`;
      // The kernel shows another process' root through /proc/PID/root, where the fake keeps a link.
      const file = files.get(path.includes('/root/') ? follow(path) : real === '' ? '/' : real);
      if (file === undefined) return null;
      if (file.error === 'denied') throw new HostError('denied', `${path}: permission denied`);
      const kind = file.kind ?? 'file';
      const mode = file.mode ?? (kind === 'directory' ? 0o755 : kind === 'link' ? 0o777 : 0o644);
      return { kind, mode, uid: file.uid ?? 0, gid: file.gid ?? 0, size: file.content?.length ?? 0, modifiedAt: file.modifiedAt ?? 0, identity: follow(path) };
    },
    readlink: (path) => files.get(path)?.link ?? '',
    read(path, limit = 1 << 20) {
      const file = get(path);
      if ((file.kind ?? 'file') === 'directory') throw new HostError('io', `${path}: is a directory`);
      if ((file.content ?? '').length > limit) throw new HostError('too-large', `${path}: larger than ${limit} bytes`);
      return file.content ?? '';
    },
    list(path) {
      get(path);
      const prefix = `${follow(path)}/`.replace('//', '/');
      const names = [...files.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length).split('/')[0] ?? '');
      return [...new Set(names)].filter(Boolean);
    },
    async run(program, args) {
      const answer = commands[[program, ...args].join(' ')] ?? commands[program] ?? 'missing';
      if (typeof answer === 'string') throw new HostError(answer, `${program}: ${answer}`);
      return { status: 0, stdout: '', stderr: '', ...answer };
    },
    async docker(_endpoint, path) {
      const answer = answers[path];
      if (answer instanceof Error) throw answer;
      if (answer === undefined) throw new HostError('not-found', `GET ${path}: not found`);
      return structuredClone(answer);
    },
    memory: async () => 8 * 2 ** 30,
  };
}

export function fakePolicy(literal: HostLiteral = {}): Policy {
  return { ...policySchema.parse({}), ...literal.policy };
}

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
