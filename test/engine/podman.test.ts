import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, importBusybox, startPodman } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { type Audit, audit } from './command.ts';
import { type Fleet, launch, statesOf } from './fleet.ts';
import { prepareHost } from './host.ts';
import { differences, type Table } from './table.ts';

const fleet: Fleet = {
  plain: 'run',
  privileged: 'run --privileged',
  limited: 'run --memory 64m --cpus 0.5 --pids-limit 50 --read-only --cap-drop ALL --security-opt no-new-privileges --user 1000',
  'host-everything': 'run --network host --pid host --ipc host --uts host',
  'joins-host': 'run --network container:host-everything --pid=container:host-everything',
  unconfined: 'run --security-opt seccomp=unconfined',
  port: 'run -p 127.0.0.1:8081:80',
  'mount-etc': 'create -v /etc:/host-etc',
  'mount-socket': 'create -v /lab/podman.sock:/run/podman/podman.sock',
};

/** podman answers as Docker would, with a few values of its own. Containers are what an audit of it can judge. */
const table: Table = {
  'container/healthy': { status: 'not-applicable', reason: 'no health check', containers: 'not-applicable no health check' },
  '5.5 container/no-privileged': { status: 'fail', containers: 'pass Privileged=false', only: { privileged: 'fail Privileged=true' } },
  '5.6 container/no-sensitive-host-mounts': {
    status: 'fail',
    containers: 'not-applicable no bind mounts',
    only: { 'mount-etc': 'fail /etc on /host-etc', 'mount-socket': 'pass none' },
  },
  '5.10 container/no-host-network': {
    status: 'fail',
    containers: 'pass NetworkMode=bridge',
    only: {
      'host-everything': 'fail NetworkMode=host',
      'joins-host': 'fail NetworkMode=host (through host-everything)',
    },
  },
  '5.11 container/memory-limit': { status: 'fail', containers: 'fail no limit', only: { limited: 'pass 64 MiB' } },
  '5.12 container/cpu-shares': { status: 'fail', containers: 'fail none', only: { limited: 'pass 0.5 CPUs' } },
  '5.13 container/read-only-rootfs': {
    status: 'fail',
    containers: 'fail ReadonlyRootfs=false',
    only: { limited: 'pass ReadonlyRootfs=true' },
  },
  '5.16 container/no-host-pid': {
    status: 'fail',
    containers: 'pass PidMode=private',
    only: { 'host-everything': 'fail PidMode=host', 'joins-host': 'fail PidMode=host (through host-everything)' },
  },
  '5.17 container/no-host-ipc': { status: 'fail', containers: 'pass IpcMode=shareable', only: { 'host-everything': 'fail IpcMode=host' } },
  '5.21 container/no-host-uts': { status: 'fail', containers: 'pass UTSMode=private', only: { 'host-everything': 'fail UTSMode=host' } },
  '5.26 container/no-new-privileges': {
    status: 'fail',
    containers: 'fail not set',
    only: { limited: 'pass in force (NoNewPrivs: 1)' },
  },
  '5.29 container/pids-limit': { status: 'fail', containers: 'fail no limit', only: { limited: 'pass PidsLimit=50' } },
  '5.30 container/no-default-bridge': {
    status: 'fail',
    containers: 'fail podman',
    only: { 'host-everything': 'pass host', 'joins-host': 'pass host (through host-everything)' },
  },
  '5.32 container/no-docker-socket': {
    status: 'fail',
    containers: 'pass none',
    only: { 'mount-socket': 'fail /lab/podman.sock on /run/podman/podman.sock' },
  },
};

/** What passes, and why that is true of podman. What only dockerd could tell is not among it. */
const TRUE = {
  'daemon/no-aufs': 'the storage driver is overlay',
  'daemon/no-devicemapper': 'the storage driver is overlay',
  'daemon/seccomp-profile': 'podman names the default profile',
  'files/docker-service-owner': 'the unit of this host’s own Docker',
  'files/docker-service-mode': 'the unit of this host’s own Docker',
  'files/docker-socket-unit-owner': 'the unit of this host’s own Docker',
  'files/docker-socket-unit-mode': 'the unit of this host’s own Docker',
  'files/docker-sock-owner': 'podman’s socket is root’s',
  'files/docker-sock-mode': 'podman’s socket has mode 0600',
  'image/no-secrets': 'the image has no variable or label but PATH',
  'swarm/mode-off-unless-needed': 'podman has no swarm mode',
  'container/no-sshd': 'all of them sleep',
  'container/no-privileged-host-ports': '8081 is published',
  'container/bind-specific-interface': 'it is published on 127.0.0.1',
  'container/restart-on-failure-limit': 'none has a policy',
  'container/no-shared-propagation': 'bind mounts are rprivate',
  'container/cgroup-parent-default': 'none has one',
  'container/no-host-userns': 'none asks for the host’s (and podman remaps none)',
  'ops/image-sprawl': 'the only image is in use',
};

labSuite('podman behind its docker socket', () => {
  let engine: Engine;
  let live: Audit;

  beforeAll(async () => {
    engine = await startPodman('trixie');
    await prepareHost(engine, {
      '/etc/systemd/system/docker.service': '[Service]\n',
      '/etc/systemd/system/docker.socket': '[Socket]\n',
      '/etc/docker': null,
      '/etc/default/docker': null,
    });
    await importBusybox(engine);
    await launch(engine, fleet);
    live = await audit(engine);
  });

  afterAll(() => engine?.stop());

  test('the audit ends well, and says that it could not judge everything', () => {
    expect(live).toMatchObject({ code: 3, stderr: '' });
    expect(live.report.host.engine).toMatchObject({ version: engine.version, endpoint: 'unix:///lab/podman.sock' });
  });

  test('what is said of each container', () => {
    const findings = live.report.findings.filter(({ control, check }) => (control === null ? check : `${control} ${check}`) in table);
    expect(differences({ ...live.report, findings }, table, { suite: 'trixie', states: statesOf(fleet) })).toEqual([]);
  });

  test('nothing passes that is not so', () => {
    const passed = live.report.findings.filter(({ status }) => status === 'pass').map(({ check }) => check);
    expect(passed.toSorted()).toEqual(Object.keys(TRUE).toSorted());
  });

  test('what only dockerd could tell is unknown', () => {
    const unknown = live.report.findings.filter(({ status }) => status === 'error').map(({ check }) => check);
    expect(unknown).toEqual(
      expect.arrayContaining([
        'daemon/icc-disabled',
        'daemon/no-insecure-registries',
        'daemon/tls-authentication',
        'daemon/no-new-privileges',
      ]),
    );
    const reasons = live.report.findings.filter(({ status }) => status === 'error').map(({ reason }) => reason);
    expect(
      new Set(reasons.filter((reason) => !/none of the dockerd processes here serves|no dockerd process is visible/.test(reason ?? ''))),
    ).toEqual(new Set());
  });
});
