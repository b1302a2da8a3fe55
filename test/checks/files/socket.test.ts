import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import type { FakeFile, HostLiteral } from '../../fake-host.ts';
import { find } from './find.ts';

const DEFAULT = '/run/docker.sock';
const UNIT = '/usr/lib/systemd/system/docker.socket';
const socket = (file: FakeFile = {}): FakeFile => ({ kind: 'socket', mode: 0o660, gid: 998, ...file });
const groups = { '/etc/group': 'root:x:0:\nwheel:x:10:\ndocker:x:998:\nops:x:997:\n' };
const unit = (group: string): HostLiteral['files'] => ({
  ...groups,
  [UNIT]: `[Socket]\nListenStream=/run/docker.sock\nSocketGroup=${group}\n`,
});
const rootless: HostLiteral = {
  dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/alice\0' },
  info: { SecurityOptions: ['name=rootless'] },
};

testCheck(find('files/docker-sock-owner'), {
  'root and the group docker': { host: {}, status: 'pass', says: 'root:docker' },
  'root alone is tighter': { host: { files: { [DEFAULT]: socket({ gid: 0 }) } }, status: 'pass', says: 'root:root' },
  'any other group': { host: { files: { ...groups, [DEFAULT]: socket({ gid: 10 }) } }, status: 'fail', says: 'root:wheel' },
  'A3 the group that dockerd is told to use': {
    host: { dockerd: { flags: ['-G', 'wheel'] }, files: { ...groups, [DEFAULT]: socket({ gid: 10 }) } },
    status: 'pass',
  },
  'A3 the group that the socket unit names': { host: { files: { ...unit('ops'), [DEFAULT]: socket({ gid: 997 }) } }, status: 'pass' },
  'a group that neither names': { host: { files: { ...unit('ops'), [DEFAULT]: socket({ gid: 10 }) } }, status: 'fail' },
  'a group without a name': { host: { files: { [DEFAULT]: socket({ gid: 4711 }) } }, status: 'fail', says: 'root:4711' },
  'no group docker on this host': {
    host: { files: { '/etc/group': 'root:x:0:\n', [DEFAULT]: socket() } },
    status: 'fail',
    says: 'root:998',
  },
  'A3 another socket of the daemon': {
    host: { dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/d.sock'] }, files: { '/srv/d.sock': socket({ uid: 1000 }) } },
    status: 'fail',
    says: '/srv/d.sock',
  },
  'A3 a socket that only the socket unit knows': {
    host: { files: { [UNIT]: 'ListenStream=/srv/d.sock\n', '/srv/d.sock': socket({ uid: 1000 }) } },
    status: 'fail',
    says: '/srv/d.sock',
  },
  'A3 rootless: it belongs to its user': {
    host: { ...rootless, files: { [DEFAULT]: null, '/run/user/1000/docker.sock': socket({ uid: 1000, gid: 1000 }) } },
    status: 'not-applicable',
    says: 'rootless',
  },
  'no unix socket at all': {
    host: { dockerd: { flags: ['-H', 'tcp://127.0.0.1:2375'] }, endpoint: 'tcp://127.0.0.1:2375', files: { [DEFAULT]: null } },
    status: 'not-applicable',
  },
  'Docker is stopped': { host: { dockerd: null, files: { [DEFAULT]: null } }, status: 'not-applicable' },
  'the API is closed to us, the file is not': {
    host: { api: { '/info': new HostError('denied', 'permission denied') }, files: { [DEFAULT]: socket({ uid: 1000 }) } },
    status: 'fail',
  },
  'groups that cannot be read': { host: { files: { '/etc/group': { error: 'denied' } } }, status: 'error', says: '/etc/group' },
});

testCheck(find('files/docker-sock-mode'), {
  'its group may write': { host: {}, status: 'pass', says: '0660' },
  'everybody may write, and so is root': { host: { files: { [DEFAULT]: socket({ mode: 0o666 }) } }, status: 'fail' },
  'A3 a socket is judged although it is no file': { host: { files: { [DEFAULT]: socket({ mode: 0o662 }) } }, status: 'fail', says: '0662' },
  'A3 another socket of the daemon': {
    host: { dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/d.sock'] }, files: { '/srv/d.sock': socket({ mode: 0o666 }) } },
    status: 'fail',
    says: '/srv/d.sock',
  },
  rootless: {
    host: { ...rootless, files: { [DEFAULT]: null, '/run/user/1000/docker.sock': socket({ uid: 1000, gid: 1000, mode: 0o666 }) } },
    status: 'fail',
    says: '/run/user/1000/docker.sock',
  },
  'Docker is stopped': { host: { dockerd: null, files: { [DEFAULT]: null } }, status: 'not-applicable' },
});

const CONTAINERD = '/run/containerd/containerd.sock';
const own: HostLiteral = { dockerd: { flags: [] }, info: { Containerd: null } };
testCheck(find('files/containerd-sock-owner'), {
  'root’s': { host: {}, status: 'pass' },
  'the group docker is none of its owners': { host: { files: { [CONTAINERD]: socket() } }, status: 'fail', says: 'root:docker' },
  'the one that dockerd has started': {
    host: { ...own, files: { [CONTAINERD]: null, '/run/docker/containerd/containerd.sock': socket({ gid: 10 }) } },
    status: 'fail',
    says: '/run/docker/containerd',
  },
  'A3 the one that --containerd names': {
    host: { dockerd: { flags: ['--containerd', '/srv/c.sock'] }, info: { Containerd: null }, files: { '/srv/c.sock': socket({ gid: 0 }) } },
    status: 'pass',
    says: '/srv/c.sock',
  },
  none: { host: { ...own, files: { [CONTAINERD]: null } }, status: 'not-applicable' },
});
