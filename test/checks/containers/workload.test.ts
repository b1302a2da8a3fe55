import { healthChecked, healthy, imageUpToDate, noSshd } from '../../../checks/containers/workload.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { CONTAINER, containerErrors, IMAGE, outOfSight, stopped } from '../rows.ts';

/** A running container with these processes beside its first one. */
function running(...names: readonly string[]): HostLiteral {
  const files = names.flatMap((name, index) => [
    [`/proc/${5000 + index}/stat`, `${5000 + index} (${name}) S 4242 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0`],
    [`/proc/${5000 + index}/cgroup`, `0::/system.slice/docker-${CONTAINER}.scope\n`],
  ]);
  return { containers: [{}], files: Object.fromEntries(files) };
}

testCheck(noSshd, {
  ...containerErrors(),
  'no server, in an image without ps (A5 5.7)': { host: running('nginx'), status: 'pass', says: 'none' },
  sshd: { host: running('nginx', 'sshd'), status: 'fail', says: 'sshd' },
  'a session of a newer sshd': { host: running('sshd-session'), status: 'fail', says: 'sshd-session' },
  dropbear: { host: running('dropbear'), status: 'fail', says: 'dropbear' },
  'a name that only holds the word': { host: running('sshd-exporter', 'nosshd'), status: 'pass' },
  'a server of the host': {
    host: {
      containers: [{}],
      files: { '/proc/900/stat': '900 (sshd) S 1 1 1 0 -1', '/proc/900/cgroup': '0::/system.slice/ssh.service\n' },
    },
    status: 'pass',
  },
  'a server that is meant to run': {
    host: { ...running('sshd'), policy: { containers: [{ image: 'registry.example/', sshServer: true }] } },
    status: 'pass',
    says: 'sshd (by policy.containers: image registry.example/)',
  },
  'a server that a rule says is not meant to run': {
    host: { ...running('sshd'), policy: { containers: [{ image: 'registry.example/', sshServer: false }] } },
    status: 'fail',
  },
  'out of sight': { host: { containers: [{}], files: outOfSight }, status: 'error', says: 'not visible from here' },
  'an engine on another host': { host: { containers: [{}], endpoint: 'tcp://192.0.2.99:2376' }, status: 'error' },
  stopped: { host: { containers: [{ State: stopped }] }, status: 'not-applicable', says: 'no processes' },
  'between two restarts': {
    host: { containers: [{ State: { Status: 'restarting', Running: true, Pid: 0 } }] },
    status: 'not-applicable',
    says: 'no processes',
  },
});

const health = (Health: Literal | null): HostLiteral => ({ containers: [{ State: { Health } }] });

const unwatched: Rows = {
  stopped: { host: { containers: [{ State: { ...stopped, Health: { Status: 'unhealthy' } } }] }, status: 'not-applicable' },
};

testCheck(healthChecked, {
  ...containerErrors(),
  ...unwatched,
  healthy: { host: health({ Status: 'healthy' }), status: 'pass', says: 'healthy' },
  starting: { host: health({ Status: 'starting' }), status: 'pass', says: 'starting' },
  'unhealthy is checked all the same': { host: health({ Status: 'unhealthy' }), status: 'pass', says: 'unhealthy' },
  'no check': { host: health(null), status: 'fail', says: 'none' },
  'switched off, as old engines say it': { host: health({ Status: 'none' }), status: 'fail' },
  'no check, as podman says it': { host: health({ Status: '' }), status: 'fail' },
  'switched off with NONE': {
    host: { containers: [{ Config: { Healthcheck: { Test: ['NONE'] } }, State: { Health: null } }] },
    status: 'fail',
  },
});

testCheck(healthy, {
  ...containerErrors(),
  ...unwatched,
  healthy: { host: health({ Status: 'healthy' }), status: 'pass' },
  starting: { host: health({ Status: 'starting' }), status: 'pass' },
  'unhealthy (A5 5.27)': { host: health({ Status: 'unhealthy' }), status: 'fail', says: 'unhealthy' },
  'no check': { host: health(null), status: 'not-applicable', says: 'no health check' },
});

/** A container that was started from this name, and the images here by tag. */
function startedFrom(name: string, images: { readonly [tag: string]: string }): HostLiteral {
  const list = Object.entries(images).map(([tag, Id]) => ({ Id, RepoTags: [tag] }));
  return { containers: [{ Config: { Image: name } }], images: list };
}

const newer = `sha256:${'2'.repeat(64)}`;

testCheck(imageUpToDate, {
  ...containerErrors(),
  'pinned by digest': { host: startedFrom(`web@sha256:${'a'.repeat(64)}`, {}), status: 'pass', says: '@sha256:' },
  'pinned by digest, behind a tag': {
    host: startedFrom(`r.example:5000/web:1@sha256:${'a'.repeat(64)}`, { 'web:1': newer }),
    status: 'pass',
  },
  'the tag names a newer image': { host: startedFrom('web:1', { 'web:1': newer }), status: 'fail', says: 'web:1 here is a newer image' },
  'no tag means latest': { host: startedFrom('web', { 'web:latest': newer }), status: 'fail', says: 'web:latest' },
  'a port is not a tag': { host: startedFrom('r.example:5000/web', { 'r.example:5000/web:latest': newer }), status: 'fail' },
  'the tag is one of several': {
    host: { containers: [{ Config: { Image: 'web:1' } }], images: [{ Id: newer, RepoTags: ['web:latest', 'web:1'] }] },
    status: 'fail',
  },
  'the registry written out': { host: startedFrom('docker.io/library/web:1', { 'web:1': newer }), status: 'fail' },
  'the tag names the image it runs: the registry may have a newer one': {
    host: startedFrom('web:1', { 'web:1': IMAGE }),
    status: 'manual',
    says: 'compare with the registry',
  },
  'a local image, no longer tagged': { host: startedFrom('web:1', { 'other:1': newer }), status: 'manual' },
  stopped: {
    host: { ...startedFrom('web:1', { 'web:1': newer }), containers: [{ State: stopped, Config: { Image: 'web:1' } }] },
    status: 'fail',
    says: 'container is exited',
  },
});
