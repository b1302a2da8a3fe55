import { chmod, chown, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { makeCertificates, TLS } from './certificates.ts';
import { type Audit, audit } from './command.ts';
import { onHost, outside, prepareHost } from './host.ts';

const ALICE = 1000;
const DOCKER = 998;

/** `owner of /lab/daemon.json: fail alice:root`, for the resources asked for. */
function told({ report }: Audit, check: string): Readonly<Record<string, string>> {
  const finding = report.findings.find((candidate) => candidate.check === check);
  return Object.fromEntries(finding?.evidence.map(({ resource, outcome, actual }) => [resource, `${outcome} ${actual}`]) ?? []);
}

labSuite('owners and modes of real files', () => {
  let engine: Engine;
  const section3 = () => audit(engine, ['--section', 'files']);
  const file = (name: string) => join(engine.dir, name);

  beforeAll(async () => {
    engine = await startEngine({ suite: 'bookworm' });
    await prepareHost(engine, {
      '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n',
      '/etc/group': 'root:x:0:\ndocker:x:998:\nstaff:x:50:\n',
      '/etc/docker': { directory: true },
    });
    await makeCertificates(engine);
    await writeFile(
      engine.configFile,
      JSON.stringify({ ...TLS, hosts: ['unix:///lab/docker.sock', 'tcp://127.0.0.1:2376'] }).replaceAll('/lab/', `${engine.dir}/`),
    );
    await engine.restart();
  });

  afterAll(() => engine?.stop());

  test('as they should be', async () => {
    const live = await section3();
    expect(live.report.findings.filter(({ status }) => status === 'fail' || status === 'error')).toEqual([]);
    expect(told(live, 'files/docker-sock-owner')).toEqual({ '/lab/docker.sock': 'pass root:docker' });
    expect(told(live, 'files/tls-key-mode')).toEqual({ '/lab/tls/key.pem': 'pass 0400' });
    expect(told(live, 'files/tls-cert-mode')).toEqual({ '/lab/tls/cert.pem': 'pass 0444' });
    expect(live.code).toBe(0);
  });

  test('modes are masks: as numbers, 0622, 0606 and 0577 are below 0644', async () => {
    await prepareHost(engine, {
      '/lab/daemon.json': { content: await readFile(engine.configFile, 'utf8'), mode: 0o622 },
      '/etc/default/docker': { mode: 0o606 },
      '/etc/sysconfig/docker': { mode: 0o577 },
      '/etc/systemd/system/docker.service': { mode: 0o4644 },
      '/etc/systemd/system/docker.socket': { mode: 0o600 },
    });
    const live = await section3();
    expect(told(live, 'files/daemon-json-mode')).toEqual({ '/lab/daemon.json': 'fail 0622' });
    expect(told(live, 'files/etc-default-docker-mode')).toEqual({ '/etc/default/docker': 'fail 0606' });
    expect(told(live, 'files/etc-sysconfig-docker-mode')).toEqual({ '/etc/sysconfig/docker': 'fail 0577' });
    expect(told(live, 'files/docker-service-mode')).toEqual({ '/etc/systemd/system/docker.service': 'fail 4644' });
    expect(told(live, 'files/docker-socket-unit-mode')).toEqual({ '/etc/systemd/system/docker.socket': 'pass 0600' });
    await chmod(engine.configFile, 0o644);
  });

  test('the socket and the TLS files in the hands of others', async () => {
    await chown(engine.socket, ALICE, DOCKER);
    await chmod(engine.socket, 0o662);
    await chmod(file('tls/key.pem'), 0o440);
    await chown(file('tls/key.pem'), 0, 50);
    await chmod(file('tls/ca.pem'), 0o644);
    await chmod(file('tls/cert.pem'), 0o400);
    const live = await section3();
    expect(told(live, 'files/docker-sock-owner')).toEqual({ '/lab/docker.sock': 'fail alice:docker' });
    expect(told(live, 'files/docker-sock-mode')).toEqual({ '/lab/docker.sock': 'fail 0662' });
    expect(told(live, 'files/tls-key-mode')).toEqual({ '/lab/tls/key.pem': 'fail 0440' });
    expect(told(live, 'files/tls-key-owner')).toEqual({ '/lab/tls/key.pem': 'fail root:staff' });
    expect(told(live, 'files/tls-ca-mode')).toEqual({ '/lab/tls/ca.pem': 'fail 0644' });
    expect(told(live, 'files/tls-cert-mode')).toEqual({ '/lab/tls/cert.pem': 'pass 0400' });
  });

  test('an access list that lets somebody write', async () => {
    await onHost(engine, 'setfacl', '-m', 'u:alice:rw', engine.configFile);
    const live = await audit(engine, ['--check', 'files/daemon-json-*']);
    // The group bits of the mode now show the list's mask.
    expect(told(live, 'files/daemon-json-mode')['/lab/daemon.json']).toMatch(/^fail 0664, .*access list .*user:alice:rw-/);
    await onHost(engine, 'setfacl', '-m', 'u:alice:r', engine.configFile);
    expect(told(await audit(engine, ['--check', 'files/daemon-json-*']), 'files/daemon-json-mode')['/lab/daemon.json']).toMatch(
      /^pass 0644/,
    );
    await onHost(engine, 'setfacl', '-b', engine.configFile);
  });

  test('a link is judged by what it leads to, and by who can turn it', async () => {
    await prepareHost(engine, { '/etc/docker/real': { directory: true, mode: 0o777 } });
    await rename(engine.configFile, file('moved.json'));
    await onHost(engine, 'cp', file('moved.json'), '/etc/docker/real/daemon.json');
    await prepareHost(engine, { '/lab/daemon.json': { link: '/etc/docker/real/daemon.json' } });
    await chmod(outside(engine, '/etc/docker/real/daemon.json'), 0o664);
    const live = await audit(engine, ['--check', 'files/daemon-json-*', '--check', 'daemon/config-file-valid']);
    const resource = '/lab/daemon.json (→ /etc/docker/real/daemon.json)';
    expect(told(live, 'files/daemon-json-mode')).toEqual({ [resource]: 'fail 0664' });
    expect(told(live, 'files/daemon-json-owner')).toEqual({
      [resource]: 'fail root:root, but others may replace it: /etc/docker/real is 0777 root:root',
    });
    expect(told(live, 'daemon/config-file-valid')).toEqual({ '/lab/daemon.json': 'pass valid' });
    await rename(file('moved.json'), engine.configFile);
  });

  test('a directory above in which others may replace the file', async () => {
    await chmod(engine.dir, 0o777);
    expect(told(await section3(), 'files/daemon-json-owner')).toEqual({
      '/lab/daemon.json': 'fail root:root, but others may replace it: /lab is 0777 root:root',
    });
    await chmod(engine.dir, 0o1777); // in a sticky one they may not
    expect(told(await section3(), 'files/daemon-json-owner')).toEqual({ '/lab/daemon.json': 'pass root:root' });
    await chmod(engine.dir, 0o775);
    await chown(engine.dir, 0, 50);
    expect(told(await section3(), 'files/daemon-json-owner')).toEqual({
      '/lab/daemon.json': 'fail root:root, but others may replace it: /lab is 0775 root:staff',
    });
    await chown(engine.dir, 0, 0);
    await chmod(engine.dir, 0o755);
  });

  test('the same host seen from outside, through --root', async () => {
    await prepareHost(engine, { '/etc/default/docker': { mode: 0o666, uid: ALICE } });
    const inside = await section3();
    const through = await audit(engine, ['--section', 'files', '--root', `/proc/${engine.pid()}/root`]);
    expect(through.report.findings).toEqual(inside.report.findings);
    expect(told(through, 'files/etc-default-docker-owner')).toEqual({ '/etc/default/docker': 'fail alice:root' });
  });
});
