/** A host with everything wrong that one host can have wrong at a time. */
import { execFile } from 'node:child_process';
import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Engine, importBusybox, type Suite, startEngine } from '../../lab/engine.ts';
import { loadImages } from '../archive.ts';
import { clientFiles } from '../clients.ts';
import { becomes, launch } from '../fleet.ts';
import { type HostFiles, prepareHost } from '../host.ts';
import { fleet, images, moved } from './fleet.ts';

const execute = promisify(execFile);

const SLICE = 'hullguard-lab.slice';
const ALLOW_ALL = '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}';
const CUSTOM = '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["reboot"],"action":"SCMP_ACT_ERRNO"}]}';

/** dockerd's settings; what an engine does not know, or starts only without, is left out. */
function settings(suite: Suite): Readonly<Record<string, unknown>> {
  return {
    'log-level': 'debug',
    iptables: false,
    'insecure-registries': ['registry.example:5000', '10.0.0.0/8'],
    'cgroup-parent': SLICE,
    'default-ulimits': { nofile: { Name: 'nofile', Soft: 1024, Hard: 4096 } },
    experimental: true,
    // A word for "none" from engine 26 on; 20.10 takes it for the name of a file and does not start.
    ...(suite === 'bookworm' ? {} : { 'seccomp-profile': 'unconfined' }),
    ...(suite === 'sid' ? { ip6tables: false } : {}),
  };
}

const flags = ['--debug', '--host=tcp://127.0.0.1:2375', '--icc=true', '--userland-proxy'];

const FILES: HostFiles = {
  ...clientFiles(true),
  '/etc/group': 'root:x:0:\ndocker:x:998:alice\n',
  '/etc/environment': 'PATH=/usr/bin\n',
  '/etc/docker': { directory: true, mode: 0o777 },
  '/etc/docker/certs.d/registry.example/ca.crt': { mode: 0o664, gid: 1000 },
  '/etc/docker/certs.d/registry.example/client.key': { mode: 0o444 },
  '/etc/default/docker': { mode: 0o666, uid: 1000 },
  '/etc/systemd/system/docker.service': { content: '[Service]\n', mode: 0o664, gid: 1000 },
  '/etc/systemd/system/docker.service.d/override.conf': { content: '[Service]\n', mode: 0o666 },
  '/etc/systemd/system/docker.socket': { content: '[Socket]\n', mode: 0o606, uid: 1000 },
  '/etc/containerd/config.toml': '',
  '/etc/audit/rules.d': null,
  '/etc/audit/audit.rules': '-D\n-w /etc/passwd -p wa\n',
  '/run/containerd': { directory: true },
};

export async function startInsecure(suite: Suite): Promise<Engine> {
  const started = await startEngine({ suite, daemonJson: settings(suite), flags });
  const engine = { ...started, stop: () => started.stop().then(removeSlice) };
  try {
    await furnish(engine);
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/** The lab takes the control groups of containers away, not their parent, which another engine may still use. */
async function removeSlice(): Promise<void> {
  await execute('find', [
    '/sys/fs/cgroup',
    '-depth',
    '-type',
    'd',
    '-name',
    SLICE,
    '-exec',
    'rmdir',
    '--ignore-fail-on-non-empty',
    '{}',
    '+',
  ]).catch(
    () => undefined, // it is in use, or systemd was faster
  );
}

async function furnish(engine: Engine): Promise<void> {
  await prepareHost(engine, {
    ...FILES,
    '/lab/link-to-etc': { link: '/etc' },
    '/lab/data-of-app': { directory: true },
  });
  await chown(engine.socket, 1000, 998);
  await chmod(engine.socket, 0o666);
  await chmod(join(engine.dir, 'containerd.sock'), 0o777);
  await writeFile(join(engine.dir, 'allow-all.json'), ALLOW_ALL);
  await writeFile(join(engine.dir, 'custom.json'), CUSTOM);
  await importBusybox(engine);
  await loadImages(engine, [...images, moved('old')]);
  await engine.docker('network', 'create', '--opt', 'com.example.password=hunter2', 'lab-net');
  await engine.docker(
    'volume',
    'create',
    '--opt',
    'type=cifs',
    '--opt',
    'device=//server/share',
    '--opt',
    'o=username=app,password=hunter2',
    'share',
  );
  await engine.docker('volume', 'create', '--opt', 'type=none', '--opt', 'o=bind', '--opt', 'device=/etc', 'behind-etc');
  await launch(engine, fleet);
  await loadImages(engine, [moved('new')]);
  await engine.docker('pause', 'paused');
  await engine.docker('exec', '--detach', '--privileged', 'exec-privileged', 'sleep', '100000');
  await engine.docker('exec', '--detach', '--user', '0', 'exec-root', 'sleep', '100000');
  await engine.docker('exec', '--detach', 'exec-self', 'sleep', '100000');
  await becomes(engine, 'health-good', '{{.State.Health.Status}}', 'healthy');
  await becomes(engine, 'health-bad', '{{.State.Health.Status}}', 'unhealthy');
  await becomes(engine, 'stopped', '{{.State.Status}}', 'exited');
}
