/** What the lab's hosts have of Docker clients and of packages, and what the tables say of them: on this machine’s own neither can be relied on. */
import { advisories } from '../../checks/advisories.ts';
import type { HostFiles } from './host.ts';
import type { Row, Table } from './table.ts';

const OWN = { uid: 1000, gid: 1000 };
/** A client that is older than none of the lab's engines. */
const PACKAGES = {
  'docker-cli': '99.0.0-1',
  containerd: '1.6.20~ds1-1+deb12u3',
  'docker.io': '20.10.24+dfsg1-1+deb12u1+b6',
  runc: '1.1.5+ds1-1+deb12u1',
};

/** Homes lie in /opt, which the lab lays over the machine's. `careless`: alice keeps a password for all to read, and goes to her engine by plain TCP. */
export function clientFiles(careless: boolean): HostFiles {
  const far = JSON.stringify({ Name: 'far', Metadata: {}, Endpoints: { docker: { Host: 'tcp://alice:hunter2@far.example:2375' } } });
  const auths = JSON.stringify({ auths: { 'https://registry.example/v1/': { auth: 'aHVudGVyMjpodW50ZXIy' } } });
  const status = Object.entries(PACKAGES).map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`);
  return {
    '/etc/passwd': 'root:x:0:0:root:/opt/root:/bin/bash\nalice:x:1000:1000::/opt/alice:/bin/bash\n',
    '/var/lib/dpkg/status': status.join('\n'),
    '/opt/alice': { directory: true, ...OWN },
    '/opt/alice/.docker': { directory: true, ...OWN },
    '/opt/alice/.docker/config.json': { content: careless ? auths : '{}', mode: careless ? 0o644 : 0o600, ...OWN },
    ...(careless && { '/opt/alice/.docker/contexts/meta/far/meta.json': { content: far, ...OWN } }),
  };
}

export function clientTable(careless: boolean): Table {
  const path = '/opt/alice/.docker/config.json';
  const row = (good: string, bad: string, resource: string): Row =>
    careless ? { status: 'fail', evidence: { [resource]: `fail ${bad}` } } : { status: 'pass', evidence: { [resource]: `pass ${good}` } };
  const modes = row('0600', '0644', path);
  return {
    'client/files-private': { ...modes, evidence: { '/opt/alice/.docker': 'pass 0755', ...modes.evidence } },
    'client/credentials-in-helper': row('none in it', 'credentials of registry.example', path),
    'client/engine-over-tls': careless
      ? { status: 'fail', evidence: { '/opt/alice: context far': 'fail tcp://far.example:2375 without TLS' } }
      : { status: 'not-applicable' },
    'client/content-trust-kept': { status: 'not-applicable' },
    'client/version-current': { status: 'pass', evidence: { docker: 'pass docker-cli 99.0.0-1' } },
    'host/known-vulnerabilities': {
      status: 'manual',
      evidence: {
        advisories: /^(pass|review) of /,
        ...Object.fromEntries(advisories.advisories.map(({ component, id }) => [`${component} ${id}`, /^(pass|review) /])),
      },
    },
  };
}
