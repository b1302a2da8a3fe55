import { describe, expect, test } from 'vitest';
import type { ReportedFinding } from '../../agent/report.ts';
import { threatView } from '../../agent/threats.ts';
import { checks } from '../../checks/index.ts';
import { threats } from '../../checks/threats.ts';
import { empty, finding, reportOf, type Seen, web } from './findings.ts';

function priority(findings: readonly ReportedFinding[], check = findings[0]?.check) {
  return threatView(reportOf(...findings), threats).priorities.find((each) => each.check === check);
}

const remapped = finding('daemon/userns-remap', ['dockerd', '', 'pass']);

describe('the exposure', () => {
  test.each<[string, number, readonly ReportedFinding[], RegExp]>([
    [
      'an API for all',
      4,
      [finding('daemon/tls-authentication', ['listener tcp://0.0.0.0:2375', 'no TLS'])],
      /anybody who reaches this host/,
    ],
    ['an API by activation', 4, [finding('daemon/tls-authentication', ['listener docker.socket 2375', 'no TLS'])], /anybody/],
    [
      'an API on an address that only begins like loopback',
      4,
      [finding('daemon/tls-authentication', ['listener tcp://10.127.0.0.1.example:2375', ''])],
      /anybody/,
    ],
    [
      'an API on an address that only ends like loopback',
      4,
      [finding('daemon/tls-authentication', ['listener tcp://not-localhost:2375', ''])],
      /anybody/,
    ],
    [
      'an API on loopback',
      2,
      [finding('daemon/tls-authentication', ['listener tcp://127.0.0.1:2375', 'no TLS'])],
      /every user and program/,
    ],
    [
      'an API on loopback, IPv6',
      2,
      [finding('daemon/tls-authentication', ['listener tcp://[::1]:2375', 'no TLS'])],
      /every user and program/,
    ],
    [
      'an API on loopback that a container shares',
      3,
      [finding('daemon/tls-authentication', ['listener tcp://localhost:2375', '']), finding('container/no-host-network', web)],
      /container web on the network of the host/,
    ],
    [
      'the worst of two listeners',
      4,
      [finding('daemon/tls-authentication', ['listener tcp://127.0.0.1:2375', ''], ['listener tcp://192.0.2.1:2375', ''])],
      /192\.0\.2\.1/,
    ],
    [
      'no plugin before an open API',
      2,
      [
        finding('daemon/authorization-plugin', ['dockerd', 'none']),
        finding('daemon/tls-authentication', ['listener tcp://0.0.0.0:2375', '']),
      ],
      /without verified clients/,
    ],
    ['no plugin before a closed one', 1, [finding('daemon/authorization-plugin', ['dockerd', 'none'])], /^dockerd: none$/],
    [
      'a file that all may write',
      2,
      [finding('files/docker-sock-mode', ['/run/docker.sock', '0666'])],
      /every user of this host may write/,
    ],
    [
      'a file that its group may write',
      1,
      [finding('files/docker-sock-mode', ['/run/docker.sock', '0670'])],
      /^\/run\/docker\.sock: 0670$/,
    ],
    ['a directory with four digits that all may write', 2, [finding('files/etc-docker-mode', ['/etc/docker', '1777'])], /may write/],
    [
      'a file in a directory of others',
      2,
      [finding('files/tls-ca-owner', ['/x/ca.pem', 'root:root, but others may replace it: /x is 0777 root:root'])],
      /others may replace \/x\/ca\.pem/,
    ],
    ['a key that all may read', 2, [finding('files/tls-key-mode', ['/x/key.pem', '0444', 'fail', '0400 or tighter'])], /may read/],
    ['a certificate that all may read', 1, [finding('files/tls-cert-mode', ['/x/c.pem', '0664', 'fail', '0444 or tighter'])], /0664/],
    [
      'a container on all addresses',
      1.5,
      [finding('container/memory-limit', web), finding('container/bind-specific-interface', web)],
      /container web publishes ports on all addresses/,
    ],
    [
      'another container on all addresses',
      1,
      [finding('container/memory-limit', ['container db', 'no limit']), finding('container/bind-specific-interface', web)],
      /^container db: no limit$/,
    ],
    [
      'a way in where there is a way out',
      1.5,
      [finding('container/bind-specific-interface', web), finding('container/no-docker-socket', web)],
      /way to the host \(container\/no-docker-socket\)/,
    ],
    ['a running container with a way out', 1.5, [finding('container/no-privileged', ['container web', 'Privileged=true'])], /runs with it/],
    [
      'a stopped container with a way out',
      0.5,
      [finding('container/no-privileged', ['container web', 'Privileged=true (container is exited)'])],
      /container web does not run/,
    ],
    [
      'a running one beside a stopped one',
      1.5,
      [
        finding(
          'container/no-privileged',
          ['container old', 'Privileged=true (container is exited)'],
          ['container web', 'Privileged=true'],
        ),
      ],
      /container web runs/,
    ],
    [
      'a capability of a privileged container',
      0.375,
      [finding('community/no-cap-sys-admin', ['container web', 'privileged: all capabilities'])],
      /follows from container\/no-privileged/,
    ],
    [
      'ptrace with the processes of the host',
      1.5,
      [finding('community/no-cap-sys-ptrace', web), finding('container/no-host-pid', web)],
      /memory of processes of the host/,
    ],
    [
      'a default that a container feels',
      1.5,
      [finding('daemon/icc-disabled', ['dockerd', '']), finding('container/no-default-bridge', web)],
      /container web share/,
    ],
    [
      'a default that no container feels',
      0.5,
      [finding('daemon/icc-disabled', ['dockerd', '']), finding('container/no-default-bridge', ['container web', '', 'pass'])],
      /no containers share the default bridge/,
    ],
    ['a default of which nothing is known', 1, [finding('daemon/icc-disabled', ['dockerd', 'icc=true'])], /^dockerd: icc=true$/],
    ['capabilities in a user namespace', 0.5, [finding('container/capabilities-restricted', web), remapped], /unprivileged user/],
    [
      'capabilities outside of the user namespace',
      1,
      [finding('container/capabilities-restricted', web), remapped, finding('container/no-host-userns', web)],
      /container web: /,
    ],
    ['memory in a user namespace', 1, [finding('container/memory-limit', web), remapped], /container web: /],
    ['the socket in a user namespace', 1.5, [finding('container/no-docker-socket', web), remapped], /runs with it/],
  ])('%s: %d', (_what, exposure, findings, why) => {
    expect(priority(findings)).toMatchObject({ exposure, why: expect.arrayContaining([expect.stringMatching(why)]) });
  });

  test('a rootless engine counts as a user namespace', () => {
    const { engine } = empty.host;
    if (engine === null) throw new Error('the fake host has an engine');
    const rootless = {
      ...reportOf(finding('container/seccomp-not-disabled', web)),
      host: { ...empty.host, engine: { ...engine, rootless: true } },
    };
    expect(threatView(rootless, threats).priorities[0]?.exposure).toBe(0.5);
  });

  test('what is waived of a check does not count for it', () => {
    const sock = finding('files/docker-sock-mode', ['/a', '0666'], ['/b', '0670']);
    const waived = { ...sock, evidence: sock.evidence.map((each, index) => (index === 0 ? { ...each, waiver: 'w' } : each)) };
    expect(priority([waived])).toMatchObject({ exposure: 1, why: expect.arrayContaining(['/b: 0670']) });
  });

  test('thousands of containers are no reason to wait', () => {
    const seen = Array.from({ length: 2000 }, (_, index): Seen => [`container c${index}`, '']);
    const report = reportOf(...checks.filter(({ surface }) => surface === 'container').map(({ id }) => finding(id, ...seen)));
    const begun = performance.now();
    expect(threatView(report, threats).priorities).toHaveLength(report.findings.length);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});
