import { auditTrail } from '../../../checks/host/audit-trail.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import type { FakeFile, HostLiteral } from '../../fake-host.ts';

type Files = { readonly [path: string]: FakeFile | string | null };

/** A host whose audit rules are these, loaded and on disk, unless one of the two is told apart. */
function audited(
  rules: readonly string[],
  { kernel = rules, disk = rules, ...rest }: HostLiteral & { readonly kernel?: readonly string[]; readonly disk?: readonly string[] } = {},
): HostLiteral {
  return {
    ...rest,
    commands: { 'auditctl -l': { stdout: `${kernel.length > 0 ? kernel.join('\n') : 'No rules'}\n` }, ...rest.commands },
    files: { '/etc/audit/rules.d/docker.rules': disk.join('\n'), ...rest.files },
  };
}

/** Check → what it is about, on a host that has it. */
const watched: Readonly<Record<string, readonly [path: string, files: Files]>> = {
  'host/audit-dockerd': ['/usr/bin/dockerd', {}],
  'host/audit-run-containerd': ['/run/containerd', {}],
  'host/audit-var-lib-docker': ['/var/lib/docker', {}],
  'host/audit-etc-docker': ['/etc/docker', {}],
  'host/audit-docker-service-unit': ['/usr/lib/systemd/system/docker.service', {}],
  'host/audit-containerd-sock': ['/run/containerd/containerd.sock', {}],
  'host/audit-docker-socket': ['/run/docker.sock', {}],
  'host/audit-etc-default-docker': ['/etc/default/docker', {}],
  'host/audit-daemon-json': ['/etc/docker/daemon.json', {}],
  'host/audit-containerd-config': ['/etc/containerd/config.toml', {}],
  'host/audit-etc-sysconfig-docker': ['/etc/sysconfig/docker', { '/etc/sysconfig/docker': '' }],
  'host/audit-containerd-binary': ['/usr/bin/containerd', {}],
  'host/audit-containerd-shim': ['/usr/bin/containerd-shim', { '/usr/bin/containerd-shim': {} }],
  'host/audit-containerd-shim-runc-v1': ['/usr/bin/containerd-shim-runc-v1', { '/usr/bin/containerd-shim-runc-v1': {} }],
  'host/audit-containerd-shim-runc-v2': ['/usr/bin/containerd-shim-runc-v2', {}],
  'host/audit-runc-binary': ['/usr/bin/runc', {}],
};

/** What has to go with a directory. */
const without: Readonly<Record<string, Files>> = {
  '/run/containerd': { '/run/containerd/containerd.sock': null },
  '/etc/docker': { '/etc/docker/daemon.json': null },
};

/** Rows that hold for any path. */
function common(path: string, files: Files): Rows {
  const rule = `-w ${path} -p wa -k docker`;
  const above = path.slice(0, path.lastIndexOf('/'));
  const goal = { kind: 'audit-rule', path } as const;
  const host = (rules: readonly string[], rest: Parameters<typeof audited>[1] = {}): HostLiteral =>
    audited(rules, { ...rest, files: { ...files, ...rest.files } });
  return {
    'watched, loaded and on disk': { host: host([rule]), status: 'pass', says: rule },
    'as a system call rule': { host: host([`-a always,exit -F path=${path} -F perm=wa`]), status: 'pass' },
    'with the directory above': { host: host([`-w ${above} -p wa`]), status: 'pass', says: above },
    'A1 a longer path that begins alike is another path': {
      host: host([`-w ${path}-backup -p wa`, `-w ${path}x/y -p wa`]),
      status: 'fail',
      says: 'no rule',
    },
    'A1 a shorter path that begins alike is another path': {
      host: host([`-w ${path.slice(0, -1)} -p wa`]),
      status: 'fail',
      says: 'no rule',
    },
    'no rules at all, which auditctl says with exit status 0': { host: host([]), status: 'fail', says: 'no rule', goal },
    'A1 only reading is recorded': { host: host([`-w ${path} -p r`]), status: 'fail', says: 'does not record writes' },
    'A1 excluded': { host: host([`-a never,exit -F path=${path}`, rule]), status: 'fail', says: 'excluded by' },
    'A1 on disk but not loaded': { host: host([rule], { kernel: [] }), status: 'fail', says: 'on disk but not loaded', goal },
    'A1 loaded but not on disk': { host: host([rule], { disk: [`# ${rule}`] }), status: 'fail', says: 'gone after a reboot' },
    'it is not on this host': {
      host: host([rule], { files: { [path]: null, ...without[path] } }),
      status: 'not-applicable',
      says: 'not on this host',
    },
    'D8 auditctl may not ask the kernel': {
      host: host([rule], { commands: { 'auditctl -l': { status: 4, stderr: 'You must be root' } } }),
      status: 'error',
      says: 'needs root',
    },
    'A1 D8 no auditctl, so nobody can tell': {
      host: host([rule], { commands: { 'auditctl -s': 'missing', 'auditctl -l': 'missing' } }),
      status: 'error',
      says: 'install auditd',
    },
  };
}

for (const check of auditTrail) {
  const [path, files] = watched[check.id] ?? ['', {}];
  testCheck(check, { ...common(path, files), ...special(check.id) });
}

function special(id: string): Rows {
  const link = (target: string): FakeFile => ({ kind: 'link', link: target });
  const tables: Readonly<Record<string, Rows>> = {
    'host/audit-dockerd': {
      'a static install': {
        host: audited(['-w /usr/local/bin/dockerd -p wa'], { files: { '/usr/bin/dockerd': null, '/usr/local/bin/dockerd': {} } }),
        status: 'pass',
      },
      'a static install, the usual path watched': {
        host: audited(['-w /usr/bin/dockerd -p wa'], { files: { '/usr/bin/dockerd': null, '/usr/local/bin/dockerd': {} } }),
        status: 'fail',
      },
      'the client is not the daemon': { host: audited(['-w /usr/bin/docker -p wa']), status: 'fail' },
    },
    'host/audit-run-containerd': {
      'path= on the directory itself, as the benchmark advises': {
        host: audited(['-a always,exit -F arch=b64 -F path=/run/containerd -F perm=wa']),
        status: 'pass',
      },
      'by its older name': { host: audited(['-w /var/run/containerd -p wa']), status: 'pass' },
    },
    'host/audit-var-lib-docker': {
      'a data root elsewhere': {
        host: audited(['-w /srv/docker -p wa'], {
          info: { DockerRootDir: '/srv/docker/100000.100000' },
          files: { '/srv/docker': { kind: 'directory' } },
        }),
        status: 'pass',
      },
      'a data root elsewhere, the usual one watched': {
        host: audited(['-w /var/lib/docker -p wa'], {
          info: { DockerRootDir: '/srv/docker' },
          files: { '/srv/docker': { kind: 'directory' } },
        }),
        status: 'fail',
      },
      'without layers and volumes, to spare the log': {
        host: audited([
          '-a never,exit -F dir=/var/lib/docker/overlay2',
          '-a never,exit -F dir=/var/lib/docker/volumes',
          '-w /var/lib/docker -p wa',
        ]),
        status: 'pass',
      },
    },
    'host/audit-etc-docker': {
      'A1 a watch on a file in it is none of the directory': { host: audited(['-w /etc/docker/daemon.json -p wa']), status: 'fail' },
    },
    'host/audit-docker-service-unit': {
      'by the path of a host whose /lib is in /usr': {
        host: audited(['-w /lib/systemd/system/docker.service -p wa'], { files: { '/lib': link('usr/lib') } }),
        status: 'pass',
      },
      'A0.22 a unit that only systemd knows where': {
        host: audited(['-w /run/systemd/generator/docker.service -p wa'], {
          commands: { systemctl: { stdout: 'Id=docker.service\nFragmentPath=/run/systemd/generator/docker.service\nDropInPaths=\n' } },
          files: { '/run/systemd/generator/docker.service': '' },
        }),
        status: 'pass',
      },
      'a unit of the administrator’s own': {
        host: audited(['-w /usr/lib/systemd/system/docker.service -p wa'], { files: { '/etc/systemd/system/docker.service': '' } }),
        status: 'fail',
        says: '/etc/systemd/system/docker.service',
      },
      'drop-ins are not in the control': {
        host: audited(['-w /usr/lib/systemd/system/docker.service -p wa'], {
          files: { '/etc/systemd/system/docker.service.d/a.conf': '' },
        }),
        status: 'pass',
      },
      'units that cannot be read': {
        host: audited([], {
          files: {
            '/etc/systemd/system/docker.service': { error: 'denied' },
            '/usr/lib/systemd/system/docker.service': { error: 'denied' },
          },
        }),
        status: 'error',
        says: 'permission denied',
      },
    },
    'host/audit-containerd-sock': {
      'a containerd that dockerd has started': {
        host: audited(['-w /run/docker/containerd/containerd.sock -p wa'], {
          dockerd: { flags: [] },
          info: { Containerd: null },
          files: { '/run/containerd/containerd.sock': null, '/run/docker/containerd/containerd.sock': { kind: 'socket' } },
        }),
        status: 'pass',
      },
      'as a rule about connections only': {
        host: audited(['-a always,exit -F arch=b64 -S connect -F path=/run/containerd/containerd.sock']),
        status: 'fail',
      },
    },
    'host/audit-docker-socket': {
      'by the path that the benchmark prints': { host: audited(['-w /var/run/docker.sock -p wa -k docker']), status: 'pass' },
      'the socket unit is another file': { host: audited(['-w /usr/lib/systemd/system/docker.socket -p wa']), status: 'fail' },
      'A3 every socket of the daemon': {
        host: audited(['-w /run/docker.sock -p wa'], {
          dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/d.sock'] },
          files: { '/srv/d.sock': { kind: 'socket' } },
        }),
        status: 'fail',
        says: '/srv/d.sock',
      },
    },
    'host/audit-daemon-json': {
      'A1 a watch on /etc/docker covers the file': { host: audited(['-w /etc/docker -p wa']), status: 'pass' },
      'path= on /etc/docker does not': {
        host: audited(['-a always,exit -F path=/etc/docker -F perm=wa']),
        status: 'fail',
        says: 'no rule',
      },
      'auditctl 3 lists path= like a watch, the file on disk tells': {
        host: audited(['-a always,exit -F path=/etc/docker -F perm=wa'], { kernel: ['-w /etc/docker -p wa'] }),
        status: 'fail',
        says: 'gone after a reboot',
      },
      'the file that --config-file names': {
        host: audited(['-w /srv/d.json -p wa'], { dockerd: { flags: ['--config-file', '/srv/d.json'] }, files: { '/srv/d.json': '{}' } }),
        status: 'pass',
      },
      'a link, the file behind it watched': {
        host: audited(['-w /srv/d.json -p wa'], { files: { '/etc/docker/daemon.json': link('/srv/d.json'), '/srv/d.json': '{}' } }),
        status: 'pass',
      },
      'a link, only the link watched': {
        goal: { kind: 'audit-rule', path: '/srv/d.json' },
        host: audited(['-w /etc/docker/daemon.json -p wa'], {
          files: { '/etc/docker/daemon.json': link('/srv/d.json'), '/srv/d.json': '{}' },
        }),
        status: 'fail',
        says: 'no rule',
      },
      'a file that cannot be looked at': {
        host: audited(['-w /etc/docker -p wa'], { files: { '/etc/docker/daemon.json': { error: 'denied' } } }),
        status: 'error',
        says: 'permission denied',
      },
      'auditing switched off': {
        host: { commands: { 'auditctl -s': { stdout: 'enabled 0\nfailure 1\npid 0\n' } } },
        status: 'fail',
        says: 'switched off',
      },
      'auditing locked until reboot': {
        host: { commands: { 'auditctl -s': { stdout: 'enabled 2\nfailure 1\npid 1\n' } } },
        status: 'pass',
      },
      'auditing without a daemon still records': {
        host: { commands: { 'auditctl -s': { stdout: 'enabled 1\npid 0\n' } } },
        status: 'pass',
      },
      'no task is audited': { host: audited(['-a never,task', '-w /etc/docker -p wa']), status: 'fail', says: 'never,task' },
      'a status that says nothing': { host: { commands: { 'auditctl -s': { stdout: '' } } }, status: 'error', says: 'does not say' },
      'a kernel without auditing': {
        host: { commands: { 'auditctl -s': { status: 1, stderr: 'Error - audit support not in kernel' } } },
        status: 'not-applicable',
        says: 'without auditing',
      },
      'two rules that share the work': { host: audited(['-w /etc/docker -p w', '-w /etc/docker/daemon.json -p a']), status: 'pass' },
      'one user is not everybody': {
        host: audited(['-a always,exit -F dir=/etc/docker -F perm=wa -F auid>=1000']),
        status: 'fail',
        says: 'only for some users',
      },
      'rules on disk that cannot be read': {
        host: { files: { '/etc/audit/rules.d/docker.rules': { error: 'denied' } } },
        status: 'error',
        says: 'docker.rules',
      },
      'audit.rules where rules.d is not used': {
        host: audited(['-w /etc/docker -p wa'], {
          files: { '/etc/audit/rules.d/docker.rules': null, '/etc/audit/audit.rules': '-D\n-w /etc/docker -p wa\n' },
        }),
        status: 'pass',
      },
    },
    'host/audit-containerd-binary': {
      'A1 the shim is another program': { host: audited(['-w /usr/bin/containerd-shim-runc-v2 -p wa']), status: 'fail' },
    },
    'host/audit-containerd-shim': { 'gone since containerd 2': { host: {}, status: 'not-applicable' } },
    'host/audit-containerd-shim-runc-v1': { 'gone since containerd 2': { host: {}, status: 'not-applicable' } },
    'host/audit-runc-binary': {
      'the runtime that the API names': {
        host: audited(['-w /opt/runc -p wa'], { info: { Runtimes: { runc: { path: '/opt/runc' } } }, files: { '/opt/runc': {} } }),
        status: 'pass',
      },
      'another runtime than the API names': {
        host: audited(['-w /usr/bin/runc -p wa'], { info: { Runtimes: { runc: { path: '/opt/runc' } } }, files: { '/opt/runc': {} } }),
        status: 'fail',
      },
      'by the path of 1.2.0, a link to the program': {
        host: audited(['-w /usr/sbin/runc -p wa'], { files: { '/usr/sbin': link('bin') } }),
        status: 'pass',
      },
    },
  };
  return tables[id] ?? {};
}
