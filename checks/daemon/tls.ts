import { tlsMode } from '../../facts/daemon.ts';
import { listenUrl } from '../../facts/dockerd-options.ts';
import type { Facts } from '../../facts/index.ts';
import { defineCheck, type Evidence, fail, type Judgement, pass, review, unknown, type Verdict } from '../check.ts';
import { show } from '../families/daemon-setting.ts';

export const tls = defineCheck({
  id: 'daemon/tls-authentication',
  title: 'Every TCP listener of the API asks for a client certificate',
  severity: 'critical',
  stride: ['S', 'E', 'I'],
  surface: 'daemon',
  rationale: 'Whoever reaches an open API port can start a container with the host’s files in it, and so is root.',
  fix: 'Remove the tcp:// listener, or set "tlsverify": true with "tlscacert", "tlscert" and "tlskey" and restart dockerd.',
  impact: 'restart',
  needs: ['daemon', 'files', 'units'],
  judge({ daemon, files, units }): Judgement {
    const hosts = daemon.settings['hosts'];
    const base = { expected: 'tlsverify, with CA, certificate and key', source: hosts?.source ?? 'dockerd' };
    // The engine's own word is proof, whatever the command line seems to say.
    if (daemon.openListeners.length > 0) return daemon.openListeners.map((warning) => ({ ...base, ...openListener(warning) }));
    if (hosts?.value === undefined && hosts?.pending === undefined) {
      return [{ ...base, resource: 'dockerd', ...unknown(`its value is unknown: ${hosts?.source ?? 'not recorded'}`) }];
    }
    const listeners = tcpListeners({ daemon, units });
    if (listeners.length === 0 && hosts.assumed) {
      return [
        {
          ...base,
          resource: 'dockerd',
          ...review('no TCP listener, unless it was taken out of the file since dockerd started: a restart settles it'),
        },
      ];
    }
    if (listeners.length === 0) return { notApplicable: 'the daemon listens on no TCP port' };
    const verdict = judgeTls({ daemon, files });
    return listeners.map((url): Evidence => ({ ...base, resource: `listener ${url}`, ...verdict }));
  },
});

/** `WARNING: API is accessible on http://0.0.0.0:2375 without encryption.`, with advice below. */
function openListener(warning: string): Pick<Evidence, 'resource' | 'source'> & Verdict {
  const url = /https?:\/\/\S+/.exec(warning)?.[0] ?? '';
  return { resource: `listener ${url}`, source: 'docker info: Warnings', ...fail(warning.split('\n', 1)[0]?.trim() ?? '') };
}

/** Without any host named, TLS makes dockerd listen on TCP. With `fd://` systemd may listen there in its stead. */
function tcpListeners({ daemon, units }: Pick<Facts, 'daemon' | 'units'>): string[] {
  const hosts = daemon.settings['hosts']?.value ?? daemon.settings['hosts']?.pending;
  const named = Array.isArray(hosts) && hosts.length > 0 ? hosts.map(String) : [''];
  const unnamed = ['verified', 'unverified'].includes(tlsMode(daemon) ?? '') ? ['tcp://localhost:2376'] : [];
  const activated = units.socket.listens.filter((address) => !/^[/@]|^vsock:/.test(address)).map((address) => `docker.socket ${address}`);
  return named.flatMap((host) => {
    if (host === '') return unnamed;
    if (host.startsWith('fd:')) return activated;
    return /^tcp:/.test(listenUrl(host)) ? [listenUrl(host)] : [];
  });
}

function judgeTls({ daemon, files }: Pick<Facts, 'daemon' | 'files'>): Verdict {
  const { hosts, tls: encrypts, tlsverify: verifies } = daemon.settings;
  const mode = tlsMode(daemon);
  // Where the listeners are only written, so is what secures them.
  if (mode === null && hosts?.value !== undefined) return unknown(`its value is unknown: ${verifies?.source ?? 'not recorded'}`);
  if (mode === 'unverified') return fail('TLS, but tlsverify=false: anyone who reaches the port is root');
  if (mode !== 'verified')
    return fail(`no TLS: anyone who reaches the port is root${daemon.tlsByEnvironment ? ' (DOCKER_TLS_VERIFY has no effect)' : ''}`);
  const [key, setting] = (verifies?.value ?? verifies?.pending) === true ? ['tlsverify', verifies] : ['tls', encrypts];
  if (setting?.value === undefined) return fail(`${show(key, true)} is written, but not known to be in force: restart pending`);
  const certificates = (['tls-ca', 'tls-cert', 'tls-key'] as const).flatMap((role) => files[role]);
  const missing = certificates.filter(({ status }) => status === 'missing').map(({ path }) => path);
  if (missing.length > 0) return fail(`${show(key, true)}, but missing: ${missing.join(', ')}`);
  const closed = certificates.find(({ status }) => status === 'unreadable');
  return closed === undefined ? pass(`${show(key, true)} (${setting.origin})`) : unknown(`${closed.path}: ${closed.problem}`);
}
