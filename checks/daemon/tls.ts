import type { Facts } from '../../facts/index.ts';
import { defineCheck, type Evidence, fail, type Judgement, pass, unknown, type Verdict } from '../check.ts';
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
  needs: ['daemon', 'engine', 'files'],
  judge({ daemon, engine, files }): Judgement {
    const warned = engine.info.Warnings.filter((warning) => /API is accessible on http:\/\//i.test(warning));
    const hosts = daemon.settings['hosts'];
    const base = { expected: 'tlsverify, with CA, certificate and key', source: hosts?.source ?? 'dockerd' };
    const listeners = (Array.isArray(hosts?.value) ? hosts.value : Array.isArray(hosts?.pending) ? hosts.pending : [])
      .map(String)
      .filter((url) => /^tcp:/.test(url));
    // The engine's own warning is proof, whatever the command line seems to say.
    if (warned.length > 0 && listeners.length === 0) {
      return warned.map(
        (warning): Evidence => ({ ...base, resource: 'dockerd', source: 'docker info: Warnings', ...fail(warning.slice(0, 160)) }),
      );
    }
    if (hosts?.value === undefined && hosts?.pending === undefined) {
      return [{ ...base, resource: 'dockerd', ...unknown(`its listeners are unknown: ${hosts?.source ?? 'not recorded'}`) }];
    }
    if (listeners.length === 0) return { notApplicable: 'the daemon listens on no TCP port' };
    const verdict = judgeTls({ daemon, files });
    return listeners.map((url): Evidence => ({ ...base, resource: `listener ${url}`, ...verdict }));
  },
});

/** `tls` in daemon.json behaves as `tlsverify` (seen on 20.10 to 28.5); on the command line it does not. */
function judgeTls({ daemon, files }: Pick<Facts, 'daemon' | 'files'>): Verdict {
  const { tls: encrypts, tlsverify: verifies } = daemon.settings;
  if (verifies?.value === undefined && !daemon.tlsByEnvironment)
    return unknown(`tlsverify is unknown: ${verifies?.source ?? 'not recorded'}`);
  const verified = verifies?.value === true || daemon.tlsByEnvironment || (encrypts?.value === true && encrypts.origin === 'file');
  if (!verified) {
    return fail(
      encrypts?.value === true
        ? 'TLS without client verification (tls=true, tlsverify off)'
        : 'no TLS: anyone who reaches the port is root',
    );
  }
  const missing = (['tls-ca', 'tls-cert', 'tls-key'] as const).flatMap((role) => files[role]).filter((file) => file.status === 'missing');
  if (missing.length > 0) return fail(`tlsverify is on, but missing: ${missing.map((file) => file.path).join(', ')}`);
  return pass(
    daemon.tlsByEnvironment ? 'tlsverify by DOCKER_TLS_VERIFY' : `${show('tlsverify', verifies?.value)} (${verifies?.origin ?? ''})`,
  );
}
