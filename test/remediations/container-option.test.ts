import { describe, expect, test } from 'vitest';
import type { ContainerOptions } from '../../checks/check.ts';
import type { Facts } from '../../facts/index.ts';
import { containerOption, recreateSteps } from '../../remediations/container-option.ts';
import type { Literal } from '../fake-host.ts';
import { bareWith, containerOf, factsOf, label, ofCompose, privileged, stepsOf, yamlOf } from './containers.ts';

describe('a container of Compose', () => {
  test('is changed in its file', async () => {
    expect(
      await stepsOf(ofCompose({ Privileged: true, PidMode: 'host' }), [privileged, { HostConfig: { PidMode: '', ReadonlyRootfs: true } }]),
    ).toEqual([
      '# in /srv/app/compose.yaml, for the service web:',
      '# remove pid',
      'services:',
      '  "web":',
      '    privileged: false',
      '    read_only: true',
      'docker compose -f /srv/app/compose.yaml --project-name app up --detach web',
      '# to go back, undo the change in the file and run the same command',
    ]);
  });

  test.each<[string, Literal, ContainerOptions, unknown]>([
    [
      'capabilities',
      { CapAdd: ['SYS_ADMIN', 'CHOWN'] },
      { HostConfig: { CapAdd: ['CHOWN'], CapDrop: ['NET_RAW'] } },
      { cap_add: ['CHOWN'], cap_drop: ['NET_RAW'] },
    ],
    ['security options', {}, { HostConfig: { SecurityOpt: ['no-new-privileges'] } }, { security_opt: ['no-new-privileges'] }],
    ['namespaces', { IpcMode: 'host' }, { HostConfig: { IpcMode: 'private' } }, { ipc: 'private' }],
    ['its user', {}, { Config: { User: '1:2' } }, { user: '1:2' }],
    [
      'limits',
      { Ulimits: ['a', 'b'].map((Name) => ({ Name, Soft: 1, Hard: 2 })) },
      { HostConfig: { Ulimits: [{ Name: 'b', Soft: 1, Hard: 2 }] } },
      { ulimits: { b: { soft: 1, hard: 2 } } },
    ],
    [
      'devices',
      { Devices: ['/a', '/b'].map((path) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'r' })) },
      { HostConfig: { Devices: [{ PathOnHost: '/b', PathInContainer: '/b', CgroupPermissions: 'r' }] } },
      { devices: ['/b:/b:r'] },
    ],
    ['rules', { DeviceCgroupRules: ['a', 'b'] }, { HostConfig: { DeviceCgroupRules: ['b'] } }, { device_cgroup_rules: ['b'] }],
    [
      'ports',
      { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }], '53/udp': [{ HostIp: '', HostPort: '' }] } },
      { HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '80' }], '53/udp': [{ HostIp: '', HostPort: '' }] } } },
      {
        ports: [
          { target: 80, published: '80', host_ip: '127.0.0.1', protocol: 'tcp' },
          { target: 53, protocol: 'udp' },
        ],
      },
    ],
  ])('%s', async (_, before, options, service) => {
    expect(yamlOf(await stepsOf(ofCompose(before), [options]))).toEqual({ services: { web: service } });
  });

  test.each<[string, Literal, ContainerOptions, string]>([
    ['capabilities', { CapAdd: ['CHOWN'] }, { HostConfig: { CapAdd: [] } }, '# remove cap_add'],
    [
      'a network',
      { NetworkMode: 'host' },
      { HostConfig: { NetworkMode: 'x' } },
      '# remove network_mode, so that it gets the network of its project',
    ],
    [
      'GPUs',
      { DeviceRequests: [{ Count: -1 }] },
      { HostConfig: { DeviceRequests: [] } },
      '# remove gpus and deploy.resources.reservations.devices, for what is not allowed',
    ],
  ])('%s is taken away', async (_, before, options, line) => {
    const steps = await stepsOf(ofCompose(before), [options]);
    expect(steps).toContain(line);
    expect(steps).not.toContain('services:');
  });

  test('mounts are named as the file names them', async () => {
    const Mounts = ['/a', '/b', '/c'].map((path) => ({
      Type: 'bind',
      Name: '',
      Source: `/srv${path}`,
      Destination: path,
      RW: true,
      Propagation: 'rshared',
    }));
    const { container } = await containerOf(ofCompose({}, {}, { Mounts }));
    const changed = container.Mounts.map((mount, index) => (index === 1 ? { ...mount, Propagation: 'rprivate' } : mount));
    const steps = recreateSteps(container, [{ Mounts: changed }, { Mounts: container.Mounts.slice(1) }]);
    expect(steps).toContain('# remove the entry of volumes that puts /srv/a at /a');
    expect(steps).toContain('# remove the entries of volumes at /b, which those below replace');
    expect(yamlOf(steps)).toEqual({
      services: {
        web: { volumes: [{ type: 'bind', source: '/srv/b', target: '/b', read_only: false, bind: { propagation: 'rprivate' } }] },
      },
    });
  });

  test.each<[string, Literal, string]>([
    [
      'several files',
      { [label('project.config_files')]: '/a.yaml,b.yaml' },
      'docker compose -f /a.yaml -f /srv/app/b.yaml --project-name app up --detach web',
    ],
    [
      'files of unknown name',
      { [label('project.config_files')]: 'x'.repeat(300) },
      'docker compose --project-directory /srv/app --project-name app up --detach web',
    ],
    ['odd names', { [label('service')]: "it's" }, "docker compose -f /srv/app/compose.yaml --project-name app up --detach 'it'\\''s'"],
    ['a name like an option', { [label('service')]: '-x' }, 'docker compose -f /srv/app/compose.yaml --project-name app up --detach -- -x'],
  ])('with %s', async (_, labels, line) => {
    expect(await stepsOf(ofCompose({}, labels), [{ HostConfig: { ReadonlyRootfs: true } }])).toContain(line);
  });

  test('a custom seccomp profile stays', async () => {
    const steps = await stepsOf(ofCompose({ SecurityOpt: ['seccomp={}'] }), [
      { HostConfig: { SecurityOpt: ['seccomp=(custom profile)', 'no-new-privileges'] } },
    ]);
    expect(steps).toContain('# keep the entry of security_opt that names its seccomp profile');
    expect(yamlOf(steps)).toEqual({ services: { web: { security_opt: ['no-new-privileges'] } } });
  });

  test('one that was started for once is made by docker run', async () => {
    expect((await stepsOf(ofCompose({}, { [label('oneoff')]: 'True' }))).join('\n')).toContain('docker run --detach');
  });
});

describe('a task of a swarm', () => {
  const ofSwarm = (HostConfig: Literal, rest: Literal = {}): Literal => ({
    ...bareWith({ Config: { Labels: { 'com.docker.swarm.service.name': 'shop' } }, HostConfig }),
    ...rest,
  });

  test.each<[string, Literal, ContainerOptions, string]>([
    ['a read-only root', {}, { HostConfig: { ReadonlyRootfs: true } }, '--read-only=true'],
    ['capabilities', { CapAdd: ['CHOWN'] }, { HostConfig: { CapAdd: [], CapDrop: ['NET_RAW'] } }, '--cap-drop CHOWN --cap-drop NET_RAW'],
    ['its user', {}, { Config: { User: '1:2' } }, '--user 1:2'],
    ['its image', {}, { Config: { Image: 'web:2' } }, '--image web:2'],
    ['limits', { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 1 }] }, { HostConfig: { Ulimits: [] } }, '--ulimit-rm nofile'],
    ['a network', { NetworkMode: 'host' }, { HostConfig: { NetworkMode: 'n' } }, '--network-rm host --network-add n'],
  ])('%s', async (_, before, options, words) => {
    expect(await stepsOf(ofSwarm(before), [options])).toEqual([
      '# on a manager, where all tasks of the service are made anew:',
      `docker service update ${words} shop`,
      '# to go back: docker service rollback shop',
    ]);
  });

  test('mounts', async () => {
    const Mounts = ['/a', '/b'].map((path) => ({
      Type: 'bind',
      Name: '',
      Source: `/srv${path}`,
      Destination: path,
      RW: true,
      Propagation: 'rshared',
    }));
    const { container } = await containerOf(ofSwarm({}, { Mounts }));
    const changed = container.Mounts.slice(1).map((mount) => ({ ...mount, RW: false }));
    expect(recreateSteps(container, [{ Mounts: changed }])).toContain(
      'docker service update --mount-rm /a --mount-add type=bind,source=/srv/b,target=/b,readonly,bind-propagation=rshared shop',
    );
  });

  test.each<[Literal, ContainerOptions, string]>([
    [{ Privileged: true }, privileged, 'Privileged'],
    [{ CapAdd: ['ALL'] }, { HostConfig: { CapAdd: [] } }, 'CapAdd=ALL'],
  ])('%j has no option', async (before, options, what) => {
    expect(await stepsOf(ofSwarm(before), [options])).toEqual([
      `# docker service update has no option for ${what}: change the stack file, or what made the service, and deploy it`,
    ]);
  });
});

describe('the remediation', () => {
  const goal = { id: 'c0ffee'.padEnd(64, '0'), name: 'web', options: privileged };

  test('says the steps', async () => {
    const { facts } = await containerOf(bareWith({ HostConfig: { Privileged: true } }));
    expect(containerOption.plan(goal, facts as Facts)).toEqual({ steps: expect.arrayContaining(['docker stop web']) });
  });

  test('has none for a container that is gone', async () => {
    expect(containerOption.plan(goal, (await factsOf({})) as Facts)).toEqual({
      refused: 'the container web is not there any more: audit again',
    });
  });
});
