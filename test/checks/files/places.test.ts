import { testCheck } from '../../check-tester.ts';
import type { FakeFile, HostLiteral } from '../../fake-host.ts';
import { find } from './find.ts';

const CONFIG = '/home/alice/.config/docker/daemon.json';
const SERVICE = '/usr/lib/systemd/system/docker.service';

/** A daemon of the user alice. */
function rootless(files: { readonly [path: string]: FakeFile }, rest: HostLiteral = {}): HostLiteral {
  return {
    dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/alice\0' },
    info: { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] },
    ...rest,
    files: {
      '/run/docker.sock': null,
      '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 },
      '/home/alice': { kind: 'directory', uid: 1000 },
      ...files,
    },
  };
}

testCheck(find('files/daemon-json-owner'), {
  'root’s': { host: {}, status: 'pass' },
  'A3 the file that --config-file names': {
    host: { dockerd: { flags: ['--config-file', '/srv/d.json'] }, files: { '/srv/d.json': { content: '{}', uid: 1000 } } },
    status: 'fail',
    says: '/srv/d.json',
  },
  snap: {
    host: {
      dockerd: { flags: ['--config-file=/var/snap/docker/current/config/daemon.json'] },
      files: { '/var/snap/docker/current/config/daemon.json': { content: '{}', gid: 100 } },
    },
    status: 'fail',
    says: '/var/snap',
  },
  'rootless: its user’s': { host: rootless({ [CONFIG]: { content: '{}', uid: 1000, gid: 1000 } }), status: 'pass', says: 'alice:1000' },
  'rootless: root’s': { host: rootless({ [CONFIG]: { content: '{}' } }), status: 'pass' },
  'rootless: somebody else’s': { host: rootless({ [CONFIG]: { content: '{}', uid: 1001 } }), status: 'fail', says: '1001' },
  'rootless: in a directory that everybody may write to': {
    host: rootless({ [CONFIG]: { content: '{}', uid: 1000 }, '/home': { kind: 'directory', mode: 0o777 } }),
    status: 'fail',
    says: 'others may replace it: /home is 0777',
  },
  'rootless: nobody knows whose': { host: rootless({ [CONFIG]: { content: '{}' } }, { dockerd: null }), status: 'error' },
  'rootless: a home that is closed to us': {
    host: rootless({ [CONFIG]: { content: '{}', uid: 1000 }, '/proc/100/environ': { error: 'denied' } }),
    status: 'error',
    says: 'not known from where',
  },
});

testCheck(find('files/daemon-json-mode'), {
  'tighter, for it may hold a password': { host: { files: { '/etc/docker/daemon.json': { content: '{}', mode: 0o600 } } }, status: 'pass' },
  'A0.4 0622 is not tighter than 0644': {
    host: { files: { '/etc/docker/daemon.json': { content: '{}', mode: 0o622 } } },
    status: 'fail',
    says: '0622',
  },
  rootless: { host: rootless({ [CONFIG]: { content: '{}', mode: 0o666, uid: 1000 } }), status: 'fail', says: CONFIG },
});

testCheck(find('files/etc-docker-owner'), {
  'root’s': { host: {}, status: 'pass' },
  'another user’s': {
    host: { files: { '/etc/docker': { kind: 'directory', uid: 1000, gid: 1000 } } },
    status: 'fail',
    goal: { kind: 'file-owner', path: '/etc/docker', uid: 0, gid: 0 },
  },
  'a group that may write to /etc': {
    host: { files: { '/etc': { kind: 'directory', mode: 0o775, gid: 100 } } },
    status: 'fail',
    says: '/etc is 0775',
  },
  'everybody may write to /': { host: { files: { '/': { kind: 'directory', mode: 0o777 } } }, status: 'fail', says: '/ is 0777' },
  rootless: {
    host: rootless({ '/home/alice/.config/docker': { kind: 'directory', uid: 1000 } }),
    status: 'pass',
    says: '/home/alice/.config/docker',
  },
});

testCheck(find('files/docker-service-owner'), {
  'the unit': { host: {}, status: 'pass', says: SERVICE },
  'A3 a drop-in overrides it': {
    host: { files: { '/etc/systemd/system/docker.service.d/a.conf': { content: '', uid: 1000 } } },
    status: 'fail',
    says: 'docker.service.d/a.conf: alice',
  },
  'A3 a unit that only systemd knows where': {
    host: {
      commands: { systemctl: { stdout: 'Id=docker.service\nFragmentPath=/opt/docker.service\nDropInPaths=\n' } },
      files: { '/opt/docker.service': { uid: 1000 } },
    },
    status: 'fail',
    says: '/opt/docker.service',
  },
  'the unit of a rootless daemon': {
    host: rootless({ '/home/alice/.config/systemd/user/docker.service': { uid: 1000 } }),
    status: 'pass',
    says: '/home/alice/.config/systemd/user/docker.service',
  },
  'a host without systemd': { host: { files: { [SERVICE]: null } }, status: 'not-applicable' },
  'D8 units closed to us': { host: { files: { [SERVICE]: { error: 'denied' } } }, status: 'error', says: 'permission denied' },
});

testCheck(find('files/docker-socket-unit-mode'), {
  'the unit': { host: {}, status: 'pass' },
  'A3 a drop-in': {
    host: { files: { '/etc/systemd/system/docker.socket.d/a.conf': { content: '', mode: 0o666 } } },
    status: 'fail',
    says: 'docker.socket.d/a.conf: 0666',
  },
  'masked: /dev/null is no unit': {
    host: {
      files: { '/etc/systemd/system/docker.socket': { kind: 'link', link: '/dev/null' }, '/dev/null': { kind: 'other', mode: 0o666 } },
    },
    status: 'not-applicable',
  },
});
