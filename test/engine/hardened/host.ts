/** A host with everything right that a lab can have right. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, type Suite, startEngine } from '../../lab/engine.ts';
import { type ImageLiteral, loadImages } from '../archive.ts';
import { makeCertificates, TLS } from '../certificates.ts';
import { clientFiles } from '../clients.ts';
import { type Fleet, launch } from '../fleet.ts';
import { type HostFiles, onHost, prepareHost } from '../host.ts';
import { serveAuthorization } from './authorization.ts';

const SECCOMP = '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["reboot","kexec_load"],"action":"SCMP_ACT_ERRNO"}]}';

/** Written to daemon.json; the rest comes by flag. */
const SETTINGS = {
  hosts: ['unix:///lab/docker.sock', 'tcp://127.0.0.1:2376'],
  'data-root': '/lab/disk',
  'log-level': 'info',
  'insecure-registries': [],
  'live-restore': true,
  'no-new-privileges': true,
  'userns-remap': 'default',
  'seccomp-profile': '/lab/seccomp.json',
  'authorization-plugins': ['lab-authz'],
  'default-ulimits': { nofile: { Name: 'nofile', Soft: 1024, Hard: 4096 } },
  ...TLS,
};

/** `hunter2` stands for every secret that no report may show. */
function flags(suite: Suite): string[] {
  const splunk = ['splunk-url=https://127.0.0.1:9', 'splunk-verify-connection=false', 'splunk-token=hunter2'];
  const log = ['--log-driver', 'splunk', ...splunk.map((option) => `--log-opt=${option}`), '--log-opt', 'tag=web'];
  const proxy = suite === 'bookworm' ? [] : ['--http-proxy=http://user:hunter2@proxy.example:3128']; // a flag since 23.0
  return ['--icc=false', '--userland-proxy=false', ...log, ...proxy];
}

const POLICY = `policy:
  trustedUsers: [alice]
  allowedRegistries: [registry.example/]
  publishedPorts: [8443]
  defaultUlimits: { nofile: 4096 }
  seccompProfiles: [/lab/seccomp.json]
  authorizationPlugins: [lab-authz]
  maxUnusedImages: 0
  maxStoppedContainers: 1
`;

const APP = '--user 1000 --read-only --cap-drop ALL --memory 64m --cpus 0.5 --pids-limit 50 --network app';
const IMAGE = 'registry.example/app:1';

export const fleet: Fleet = {
  web: `run ${APP} --restart on-failure:5 --health-interval 1h -p 127.0.0.1:8443:8443 -- ${IMAGE}`,
  worker: `run ${APP} --restart no --health-interval 1h --mount type=volume,src=state,dst=/state -- ${IMAGE}`,
  spare: `create ${APP} --security-opt no-new-privileges -- ${IMAGE}`,
};

const FILES: HostFiles = {
  ...clientFiles(false),
  '/etc/group': 'root:x:0:\ndocker:x:998:alice\n',
  '/etc/environment': 'DOCKER_CONTENT_TRUST=1\n',
  '/etc/docker': { directory: true },
  '/etc/docker/certs.d/registry.example/ca.crt': { mode: 0o444 },
  '/etc/docker/certs.d/registry.example/client.key': { mode: 0o400 },
  '/etc/default/docker': '',
  '/etc/sysconfig/docker': '',
  '/etc/systemd/system/docker.service': '[Service]\n',
  '/etc/systemd/system/docker.service.d/override.conf': '[Service]\n',
  '/etc/systemd/system/docker.socket': '[Socket]\n',
  '/etc/containerd/config.toml': '',
  '/run/containerd': { directory: true },
  '/etc/hullguard/config.yaml': POLICY,
  '/lab/seccomp.json': SECCOMP,
};

export interface Hardened {
  readonly engine: Engine;
  stop(): Promise<void>;
}

export async function startHardened(suite: Suite): Promise<Hardened> {
  const engine = await startEngine({ suite, flags: flags(suite) });
  let stopPlugin = (): void => undefined;
  const stop = async (): Promise<void> => {
    stopPlugin();
    await engine.stop();
  };
  try {
    await prepareHost(engine, FILES);
    await makeCertificates(engine);
    stopPlugin = await serveAuthorization(engine, 'lab-authz');
    await prepareHost(engine, { '/lab/disk': { directory: true } });
    await onHost(engine, 'mount', '-n', '-t', 'tmpfs', 'docker-data', join(engine.dir, 'disk'));
    await writeFile(engine.configFile, JSON.stringify(SETTINGS, null, 2).replaceAll('/lab/', `${engine.dir}/`));
    await engine.restart();
    await furnish(engine);
    return { engine, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function furnish(engine: Engine): Promise<void> {
  const image: ImageLiteral = {
    name: IMAGE,
    config: { User: 'web', Env: ['PATH=/bin'], Cmd: ['busybox', 'sleep', '100000'], Healthcheck: { Test: ['CMD', 'busybox', 'true'] } },
    history: [
      {
        by: '/bin/sh -c #(nop) ADD file:1 in / ',
        files: { 'bin/busybox': await readFile('/bin/busybox'), 'etc/passwd': 'web:x:1000:1000::/:/bin/sh\n' },
      },
      { by: 'RUN /bin/sh -c apk add --no-cache tool # buildkit', files: { tool: '1' } },
      { by: 'COPY app /app # buildkit', files: { app: '1' } },
      'USER web',
      'HEALTHCHECK &{["CMD" "busybox" "true"] "0s" "0s" "0s" \'\\x00\'}',
    ],
  };
  await loadImages(engine, [image]);
  await engine.docker('network', 'create', 'app');
  await launch(engine, fleet);
  await engine.docker('exec', '--detach', 'worker', 'busybox', 'sleep', '100000');
}
