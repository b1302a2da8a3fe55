import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, type Ended } from './command.ts';
import { expectSound, find } from './soundness.ts';
import { type Stage, setUp } from './stage.ts';

const NAME = '/etc/docker/daemon.json';
const TOO_LARGE = 'larger than 1048576 bytes, which is more than hullguard reads of it';

/** What is put in the file's place, whether dockerd would start with it, and what is said of it. */
const files: Readonly<Record<string, readonly [(file: string, stage: Stage) => void, 'pass' | 'fail' | 'not-applicable', string?]>> = {
  nothing: [() => undefined, 'not-applicable', '/etc/docker/daemon.json does not exist'],
  'an empty file': [(file) => fs.writeFileSync(file, ''), 'pass'],
  'a directory': [(file) => fs.mkdirSync(file), 'fail', 'it is a directory, dockerd expects a file'],
  'a pipe': [(file) => execFileSync('mkfifo', [file]), 'fail', 'it is a device or pipe, dockerd expects a file'],
  'a device': [(file) => execFileSync('mknod', [file, 'c', '1', '5']), 'fail', 'it is a device or pipe, dockerd expects a file'],
  'a link that leads nowhere': [(file) => fs.symlinkSync('/srv/none', file), 'not-applicable', '/etc/docker/daemon.json does not exist'],
  'a link to itself': [(file) => fs.symlinkSync('daemon.json', file), 'not-applicable', '/etc/docker/daemon.json does not exist'],
  '5 MB of JSON': [(file) => fs.writeFileSync(file, JSON.stringify({ labels: ['x'.repeat(5 << 20)] })), 'fail', TOO_LARGE],
  'half a file': [(file) => fs.writeFileSync(file, '{\n  "icc": fal'), 'fail', 'line 2, column 10: invalid symbol'],
  'a comma too many': [(file) => fs.writeFileSync(file, '{\n  "icc": false,\n}'), 'fail', 'line 3, column 1: property name expected'],
  'a comment': [(file) => fs.writeFileSync(file, '{ // mine\n  "icc": false }'), 'fail', 'line 1, column 3: invalid comment token'],
  'a list': [(file) => fs.writeFileSync(file, '[]'), 'fail', 'line 1, column 1: expected an object'],
  'bytes that are no text': [
    (file) => fs.writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00, 0x01])),
    'fail',
    'line 1, column 1: invalid symbol',
  ],
  'a byte order mark': [(file) => fs.writeFileSync(file, '\ufeff{"icc": false}'), 'pass'],
  'a key given twice': [
    (file) => fs.writeFileSync(file, '{"icc": false, "icc": true}'),
    'fail',
    'icc is given more than once: the last one counts',
  ],
  'a key that is a flag, too': [(file) => fs.writeFileSync(file, '{"hosts": ["fd://"]}'), 'fail', 'hosts is also a flag'],
  'values of the wrong type': [(file) => fs.writeFileSync(file, '{"icc": "no"}'), 'fail', 'icc: expected true or false'],
};

labSuite('daemon.json', () => {
  let stage: Stage;
  let healthy: Report;
  let original: string;

  beforeAll(async () => {
    stage = await setUp({ containers: [{}], images: [{}] });
    original = fs.readFileSync(stage.at(NAME), 'utf8');
    healthy = (await run()).report;
  });

  afterAll(() => stage.strike());

  async function run(): Promise<Ended & { readonly report: Report }> {
    const ended = await audit(['--root', stage.root, '--timeout', '60']);
    expect(ended.stderr).toBe('');
    return ended;
  }

  async function withFile(put: (file: string, stage: Stage) => void): Promise<Ended & { readonly report: Report }> {
    fs.rmSync(stage.at(NAME), { recursive: true, force: true });
    put(stage.at(NAME), stage);
    return run();
  }

  describe.each(Object.entries(files))('%s', (_what, [put, status, says]) => {
    test('is judged, and nothing passes for what it might say', async () => {
      const { code, report, seconds } = await withFile(put);
      expect([1, 3]).toContain(code);
      expect(seconds).toBeLessThan(30);
      expectSound({ healthy, faulty: report, changed: ['daemon'] });
      const valid = find(report, 'daemon/config-file-valid');
      expect(valid.status).toBe(status);
      if (says !== undefined) expect(valid.reason ?? valid.evidence.map(({ actual }) => actual).join('; ')).toContain(says);
      // The engine cannot be asked for these, so only the file could tell.
      for (const check of ['daemon/userland-proxy-disabled', 'daemon/authorization-plugin']) {
        const { status: verdict, evidence } = find(report, check);
        expect(verdict === 'pass' && evidence.some(({ source }) => source.includes(NAME))).toBe(false);
      }
    });
  });

  test('a link is followed, and the file behind it judged under both names', async () => {
    const { report } = await withFile((file) => {
      fs.mkdirSync(stage.at('/srv/docker'), { recursive: true });
      fs.writeFileSync(stage.at('/srv/docker/daemon.json'), original, { mode: 0o666 });
      fs.chmodSync(stage.at('/srv/docker/daemon.json'), 0o666);
      fs.utimesSync(stage.at('/srv/docker/daemon.json'), 1_749_000_000, 1_749_000_000);
      fs.symlinkSync('/srv/docker/daemon.json', file);
    });
    expect(find(report, 'daemon/userland-proxy-disabled')).toMatchObject({ status: 'pass' });
    expect(find(report, 'files/daemon-json-mode')).toMatchObject({
      status: 'fail',
      evidence: [{ resource: '/etc/docker/daemon.json (→ /srv/docker/daemon.json)', actual: '0666' }],
    });
  });

  test('a link out of the root is not followed', async () => {
    const outside = path.join(stage.scratch, 'outside.json');
    fs.writeFileSync(outside, '{"icc": true');
    const { report } = await withFile((file) => fs.symlinkSync(outside, file));
    expect(find(report, 'daemon/config-file-valid')).toMatchObject({ status: 'not-applicable' });
  });
});
