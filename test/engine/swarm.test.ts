import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, importBusybox, startEngine } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { callApi } from './api.ts';
import { audit } from './command.ts';
import { prepareHost } from './host.ts';
import { differences, type Table } from './table.ts';

const execute = promisify(execFile);

/** What concerns swarms, in all sections. */
const CHECKS = ['--check', 'swarm/*', '--check', 'daemon/live-restore'];
const EXCLUDED = 'not-applicable: live restore and swarm mode exclude each other';
const listeners = (line: string) => ({ 'listener 2377/tcp': line, 'listener 7946/tcp': line, 'listener 7946/udp': line });

/** `docker swarm init` and nothing more. */
const asItComes: Table = {
  '2.16 daemon/live-restore': EXCLUDED,
  '5.1 swarm/mode-off-unless-needed': { status: 'fail', evidence: { dockerd: 'fail active' } },
  '7.1 swarm/manager-count': { status: 'pass', evidence: { swarm: 'pass 1 manager' } },
  '7.2 swarm/bind-interface': { status: 'fail', evidence: listeners('fail ::') },
  '7.3 swarm/overlay-encrypted': {
    status: 'fail',
    evidence: {
      'network ingress': 'fail not encrypted (the built-in routing mesh)',
      'network open': 'fail not encrypted',
      'network shut': 'pass encrypted',
    },
  },
  '7.4 swarm/secrets-used': {
    status: 'fail',
    evidence: {
      'service config': 'fail tls-private-key (values not read)',
      'service db': 'fail DB_PASSWORD (values not read)',
      'service web': 'pass none',
    },
  },
  '7.5 swarm/autolock': { status: 'fail', evidence: { swarm: 'fail off' } },
  '7.6 swarm/autolock-key-rotated': 'not-applicable: autolock is off',
  '7.7 swarm/node-cert-rotation': {
    status: 'manual',
    evidence: { swarm: 'review 90 days; policy.swarm.maxNodeCertificateDays says nothing' },
  },
  '7.8 swarm/ca-rotation': {
    status: 'manual',
    evidence: { swarm: /^review valid since \d{4}-\d\d-\d\d \(\d days\); policy.swarm.maxRootCertificateDays says nothing$/ },
  },
  '7.9 swarm/data-plane-separated': { status: 'fail', evidence: { swarm: 'fail both 127.0.0.1' } },
};

/** With addresses of its own, encryption everywhere, and a policy that wants a swarm. */
const asItShould: Table = {
  '2.16 daemon/live-restore': EXCLUDED,
  '5.1 swarm/mode-off-unless-needed': 'not-applicable: policy.swarm.needed: this host is a swarm node',
  '7.1 swarm/manager-count': { status: 'pass', evidence: { swarm: 'pass 1 managers, 1 meant' } },
  '7.2 swarm/bind-interface': { status: 'pass', evidence: listeners('pass 10.77.0.1') },
  '7.3 swarm/overlay-encrypted': { status: 'pass', evidence: { 'network mesh': 'pass encrypted' } },
  '7.4 swarm/secrets-used': { status: 'pass', evidence: { 'service db': 'pass 1 secrets attached' } },
  '7.5 swarm/autolock': { status: 'pass', evidence: { swarm: 'pass on' } },
  '7.6 swarm/autolock-key-rotated': {
    status: 'manual',
    evidence: { swarm: 'review the engine does not record rotations: attest the last one' },
  },
  '7.7 swarm/node-cert-rotation': { status: 'pass', evidence: { swarm: 'pass 30 days' } },
  '7.8 swarm/ca-rotation': { status: 'pass', evidence: { swarm: /^pass valid since \d{4}-\d\d-\d\d \(\d days\)$/ } },
  '7.9 swarm/data-plane-separated': { status: 'pass', evidence: { swarm: 'pass 10.77.1.1 beside 10.77.0.1' } },
};

const POLICY = 'policy: { swarm: { needed: true, managers: 1, maxNodeCertificateDays: 30, maxRootCertificateDays: 365 } }\n';

labSuite('a swarm of one', () => {
  describe.each(['bookworm', 'trixie', 'sid'] as const)('with docker of %s', (suite) => {
    let engine: Engine;
    const service = (name: string, ...options: readonly string[]) =>
      engine.docker('service', 'create', '--detach', '--no-resolve-image', '--replicas', '0', '--name', name, ...options, 'busybox:lab');

    beforeAll(async () => {
      engine = await startEngine({ suite });
      await importBusybox(engine);
      await writeFile(join(engine.dir, 'secret'), 'hunter2');
    });

    afterAll(() => engine?.stop());

    test('as it comes', async () => {
      await engine.docker('swarm', 'init', '--advertise-addr', '127.0.0.1');
      await engine.docker('network', 'create', '--driver', 'overlay', 'open');
      await engine.docker('network', 'create', '--driver', 'overlay', '--opt', 'encrypted', 'shut');
      await engine.docker('config', 'create', 'tls-private-key', join(engine.dir, 'secret'));
      await service('db', '--env', 'DB_PASSWORD=hunter2');
      await service('config', '--config', 'tls-private-key');
      await service('web', '--env', 'DEBUG=1');
      const { report, stdout } = await audit(engine, CHECKS);
      expect(differences(report, asItComes, { suite, states: {} })).toEqual([]);
      expect(stdout).not.toContain('hunter2');
      await engine.docker('swarm', 'leave', '--force');
    });

    test('as it should be', async () => {
      for (const address of ['10.77.0.1/24', '10.77.1.1/24']) {
        await execute('nsenter', ['--target', String(engine.pid()), '--net', 'ip', 'address', 'add', address, 'dev', 'lo']);
      }
      const addresses = ['--advertise-addr', '10.77.0.1', '--listen-addr', '10.77.0.1:2377', '--data-path-addr', '10.77.1.1'];
      await engine.docker('swarm', 'init', ...addresses, '--autolock', '--cert-expiry', '720h');
      await callApi(engine, 'DELETE', '/networks/ingress'); // the client asks whether we are sure
      await expect.poll(() => engine.docker('network', 'ls', '--quiet', '--filter', 'name=ingress'), { timeout: 10_000 }).toBe('');
      await engine.docker('network', 'create', '--driver', 'overlay', '--ingress', '--opt', 'encrypted', 'mesh');
      await engine.docker('secret', 'create', 'db-password', join(engine.dir, 'secret'));
      await service('db', '--secret', 'db-password');
      await prepareHost(engine, { '/etc/hullguard/config.yaml': POLICY });
      const { report, stdout } = await audit(engine, CHECKS);
      expect(differences(report, asItShould, { suite, states: {} })).toEqual([]);
      expect(stdout).not.toContain('hunter2');
    });
  });
});
