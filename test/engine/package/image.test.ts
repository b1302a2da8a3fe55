/** The container image, built and run by a real engine, beside the executable outside. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import { buildArguments, layOutImage } from '../../../packaging/image.ts';
import { type Engine, importBusybox, startEngine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, inLab } from '../command.ts';
import { builtExecutable } from './built.ts';

/** `docker run` of docs/install.md, less the line that names the image. */
function runOptions(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/install.md'), 'utf8');
  const [, options = ''] = /docker run --rm ((?:.|\\\n)*?)\s+hullguard:/.exec(page) ?? [];
  return options.replaceAll('\\', ' ').trim().split(/\s+/);
}

/** What it must have to see the host, which we ourselves would rather no container had: told one by one in docs/install.md. */
const NEEDED = [
  'community/no-cap-dac-read-search',
  'community/no-cap-sys-ptrace',
  'container/capabilities-restricted',
  'container/health-checked',
  'container/no-docker-socket',
  'container/no-host-network',
  'container/no-host-pid',
  'container/no-sensitive-host-mounts',
  'image/non-root-user',
];

/** Its container and image, and how many there are of each. */
const OWN = /hullguard|^(containers|images)$/;

/** Verdicts by check and resource, of all but hullguard's own container and image. */
function verdicts({ findings }: Report): Map<string, string> {
  return new Map(
    findings.flatMap(({ check: id, status, evidence }) => [
      ...(evidence.length === 0 ? [[id, status] as const] : []),
      ...evidence.filter(({ resource }) => !OWN.test(resource)).map(({ resource, outcome }) => [`${id} ${resource}`, outcome] as const),
    ]),
  );
}

labSuite('the container image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hullguard-image-'));
  let engine: Engine;
  let inside: Report;

  beforeAll(async () => {
    engine = await startEngine({ suite: 'trixie' });
    await importBusybox(engine);
    await engine.docker('run', '-d', '--name', 'web', '--privileged', 'busybox:lab', 'sleep', '100000');
    await engine.docker(...buildArguments(layOutImage(builtExecutable(), folder), 'hullguard:0.1.0'));
    const container = [
      'create',
      '--name',
      'hullguard',
      ...runOptions(),
      'hullguard:0.1.0',
      'audit',
      '--root',
      '/host',
      '--docker-host',
      engine.endpoint,
      '--report',
      'json',
    ];
    await engine.docker(...container);
  });

  afterAll(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('sees of the host what the executable outside sees', async () => {
    const outside = (await audit(engine)).report;
    await engine.docker('start', '--attach', 'hullguard').catch(() => undefined); // it ends with 1, since something failed
    inside = JSON.parse(inLab(engine, await engine.docker('logs', 'hullguard'))) as Report;
    expect(inside.host.engine).toEqual(outside.host.engine);
    expect(inside.host.hostname).toBe(outside.host.hostname);
    const [there, here] = [verdicts(outside), verdicts(inside)];
    const differing = [...new Set([...there.keys(), ...here.keys()])].filter((key) => there.get(key) !== here.get(key));
    expect(differing.map((key) => `${key}: ${there.get(key)} outside, ${here.get(key)} inside`)).toEqual([]);
  });

  test('is told apart, and fails our own audit in what it must have alone', () => {
    const own = inside.findings.flatMap(({ check: id, evidence }) =>
      evidence.filter(({ resource }) => resource === 'container hullguard').map((each) => ({ id, ...each })),
    );
    expect(own.length).toBeGreaterThan(20);
    for (const { actual } of own) expect(actual).toContain('labelled as hullguard’s own');
    expect(
      own
        .filter(({ outcome }) => outcome === 'fail')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(NEEDED);
  });
});
