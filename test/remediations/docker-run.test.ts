import { describe, expect, test } from 'vitest';
import { recreateSteps } from '../../remediations/container-option.ts';
import type { Literal } from '../fake-host.ts';
import { bare, bareWith, containerOf, optionsOf, privileged, stepsOf } from './containers.ts';

const V = 'ab'.repeat(32);
const mount = (rest: Literal): Literal => ({
  Type: 'bind',
  Name: '',
  Source: '/srv',
  Destination: '/data',
  RW: true,
  Propagation: 'rprivate',
  ...rest,
});

describe('docker run says what docker inspect did', () => {
  test.each<[string, Literal, string[]]>([
    ['nothing that is usual', bare, []],
    ['its user and folder', bareWith({ Config: { User: '1:2', WorkingDir: '/a b' } }), ['--user 1:2', "--workdir '/a b'"]],
    ['a name of its own', bareWith({ Config: { Hostname: 'db1' } }), ['--hostname db1']],
    ['but not the name that the engine gave', bareWith({ Config: { Hostname: 'c0ffee000000' } }), []],
    ['a terminal', bareWith({ Config: { Tty: true, OpenStdin: true } }), ['--interactive', '--tty']],
    ['how it stops', bareWith({ Config: { StopSignal: 'SIGQUIT', StopTimeout: 3 } }), ['--stop-signal SIGQUIT', '--stop-timeout 3']],
    ['names of variables', bareWith({ Config: { Env: ['A=secret', 'B=x=y'] } }), ['--env A', '--env B']],
    ['labels', bareWith({ Config: { Labels: { a: 'b', 'x y': '$z' } } }), ['--label a=b', "--label 'x y=$z'"]],
    ['init and groups', bareWith({ HostConfig: { Init: true, GroupAdd: ['999'] } }), ['--init', '--group-add 999']],
    [
      'the host’s network, on which nothing is published',
      bareWith({ HostConfig: { NetworkMode: 'host', PortBindings: { '80/tcp': [{ HostPort: '80' }] } } }),
      ['--network host'],
    ],
    [
      'ports',
      bareWith({
        HostConfig: {
          PublishAllPorts: true,
          PortBindings: {
            '80/tcp': [
              { HostIp: '', HostPort: '8080' },
              { HostIp: '::1', HostPort: '' },
            ],
            '53/udp': [{ HostIp: '127.0.0.1', HostPort: '53' }],
            '90/tcp': [{}],
          },
        },
      }),
      ['--publish-all', '--publish 8080:80', "--publish '[::1]::80'", '--publish 127.0.0.1:53:53/udp', '--publish 90'],
    ],
    [
      'names and resolvers',
      bareWith({ HostConfig: { ExtraHosts: ['a:1.2.3.4'], Dns: ['9.9.9.9'], DnsSearch: ['x'], Links: ['/db:/web/database'] } }),
      ['--link db:database', '--add-host a:1.2.3.4', '--dns 9.9.9.9', '--dns-search x'],
    ],
    [
      'directories',
      bareWith({ Mounts: [mount({ Propagation: 'rslave', RW: false })] }),
      ['--mount type=bind,source=/srv,target=/data,readonly,bind-propagation=rslave'],
    ],
    ['odd directories', bareWith({ Mounts: [mount({ Source: '/a,b"c' })] }), ['--mount \'type=bind,"source=/a,b""c",target=/data\'']],
    [
      'volumes',
      bareWith({ Mounts: [mount({ Type: 'volume', Name: 'v', Propagation: '' })] }),
      ['--mount type=volume,source=v,target=/data'],
    ],
    [
      'nameless volumes under their long name',
      bareWith({ Mounts: [mount({ Type: 'volume', Name: V })] }),
      [`--mount type=volume,source=${V},target=/data`],
    ],
    [
      'memory for files, once',
      bareWith({ Mounts: [mount({ Type: 'tmpfs', Source: '', Destination: '/t' })], HostConfig: { Tmpfs: { '/t': '', '/u': 'size=1m' } } }),
      ['--tmpfs /t', '--tmpfs /u:size=1m'],
    ],
    [
      'privileges',
      bareWith({
        HostConfig: {
          CapDrop: ['ALL'],
          CapAdd: ['CHOWN'],
          SecurityOpt: ['no-new-privileges'],
          ReadonlyRootfs: true,
          Sysctls: { 'net.core.somaxconn': '1' },
        },
      }),
      ['--cap-drop ALL', '--cap-add CHOWN', '--security-opt no-new-privileges', '--read-only', '--sysctl net.core.somaxconn=1'],
    ],
    [
      'namespaces',
      bareWith({
        HostConfig: {
          PidMode: 'host',
          IpcMode: 'shareable',
          UTSMode: 'host',
          UsernsMode: 'host',
          CgroupParent: '/x',
          ShmSize: 1 << 20,
          Runtime: 'runsc',
        },
      }),
      ['--pid host', '--ipc shareable', '--uts host', '--userns host', '--cgroup-parent /x', '--shm-size 1048576', '--runtime runsc'],
    ],
    [
      'limits',
      bareWith({
        HostConfig: {
          Memory: 1024,
          MemorySwap: 2048,
          NanoCpus: 1_500_000_000,
          CpuPeriod: 1,
          PidsLimit: 5,
          CpuShares: 512,
          CpusetCpus: '0-1',
          Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
        },
      }),
      [
        '--memory 1024',
        '--memory-swap 2048',
        '--cpus 1.5',
        '--cpu-shares 512',
        '--cpuset-cpus 0-1',
        '--pids-limit 5',
        '--ulimit nofile=1:2',
      ],
    ],
    ['a quota', bareWith({ HostConfig: { CpuPeriod: 100, CpuQuota: 50 } }), ['--cpu-period 100', '--cpu-quota 50']],
    [
      'devices',
      bareWith({
        HostConfig: {
          Devices: [{ PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' }],
          DeviceRequests: [
            { Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] },
            { Driver: '', Count: 2, Capabilities: [['gpu']] },
          ],
          DeviceCgroupRules: ['c 1:3 r'],
        },
      }),
      ['--device /dev/a:/dev/b:r', '--gpus all', '--gpus 2', "--device-cgroup-rule 'c 1:3 r'"],
    ],
    [
      'where its logs go',
      bareWith({ HostConfig: { LogConfig: { Type: 'fluentd', Config: { tag: 'x' } } } }),
      ['--log-driver fluentd', '--log-opt tag=x'],
    ],
  ])('%s', async (_, literal, options) => {
    expect((await optionsOf(literal)).slice(0, -1)).toEqual(options);
  });
});

describe('its image and command', () => {
  const image = {
    RepoTags: ['web:1'],
    Config: { User: '5', Env: ['PATH=/bin'], Entrypoint: ['/run.sh'], Cmd: ['serve', '--token=x'], Labels: { v: '1' }, WorkingDir: '/app' },
  };
  const fromImage = {
    User: '5',
    Env: ['PATH=/bin'],
    Entrypoint: ['/run.sh'],
    Cmd: ['serve', '--token=x'],
    Labels: { v: '1' },
    WorkingDir: '/app',
  };

  test.each<[string, Literal, string[]]>([
    ['what the image says is left to it', fromImage, ['web:1']],
    ['a command of its own', { ...fromImage, Cmd: ['serve', '--fast'] }, ['web:1 serve --fast']],
    [
      'an entrypoint of its own takes the command with it',
      { ...fromImage, Entrypoint: ['sh', '-c'] },
      ['--entrypoint sh', "web:1 -c serve '(not shown)'"],
    ],
    ['no entrypoint at all', { ...fromImage, Entrypoint: [], Cmd: ['ls'] }, ["--entrypoint ''", 'web:1 ls']],
    [
      'what differs',
      { ...fromImage, User: '6', Env: ['PATH=/bin', 'A=1'], Labels: { v: '2' } },
      ['--user 6', '--env A', '--label v=2', 'web:1'],
    ],
  ])('%s', async (_, Config, expected) => {
    expect(await optionsOf(bareWith({ Config }), [privileged], { images: [image] })).toEqual(expected);
  });

  test('without the image all is said', async () => {
    const { container } = await containerOf(bareWith({ Config: fromImage }));
    const steps = recreateSteps(container, [privileged]).join('\n');
    for (const part of ['--user 5', '--workdir /app', '--entrypoint /run.sh', '--env PATH', '--label v=1', "web:1 serve '(not shown)'"])
      expect(steps).toContain(part);
  });

  test('a name that stands for another image today', async () => {
    const steps = await stepsOf(bare, [privileged], { images: [{ RepoTags: ['other:1'], RepoDigests: [] }] });
    expect(steps).toContain(`# web:1 here is no longer the image it runs, which is sha256:${'1'.repeat(64)}`);
  });
});
