import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, importBusybox, startEngine } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { callApi } from './api.ts';
import { type Audit, audit, hullguard, judgeFacts, recordFacts } from './command.ts';
import { prepareHost } from './host.ts';

/** Colours, a new title for the terminal, its screen erased, another line, an end of text, markup, and a mark that turns text around. */
const ODD = '\u001b[31mred\u001b]0;owned\u0007\u001b[2J\nnext\0end<script>alert("x")</script>\u202eright\u200b\u009b31m';
/** The same where it may not have a NUL. */
const PATH = ODD.replace('\0', '').replaceAll('/', '|');
const ESCAPED = '\\x1b[31mred\\x1b]0;owned\\u0007\\x1b[2J\\nnext\\0end<script>alert("x")</script>\\u202eright\\u200b\\u009b31m';

/** Everything that acts on a terminal but the line break. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ACTING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

labSuite('odd text from containers', () => {
  let engine: Engine;
  let live: Audit & { readonly facts: string };

  beforeAll(async () => {
    engine = await startEngine({ suite: 'sid' });
    await importBusybox(engine);
    await prepareHost(engine, { [`/etc/${PATH}`]: { directory: true } });
    const container = {
      Image: 'busybox:lab',
      User: ODD,
      Hostname: 'odd',
      Cmd: ['sh', '-c', ODD],
      Env: [`NAME=${ODD}`, 'PASSWORD=hunter2'],
      Labels: { [`label ${ODD}`]: ODD, 'app.password': 'hunter2' },
      HostConfig: { CgroupParent: `${PATH}.slice`, Mounts: [{ Type: 'bind', Source: `/etc/${PATH}`, Target: '/data' }] },
    };
    await callApi(engine, 'POST', '/containers/create?name=odd', container);
    await writeFile(engine.configFile, `{${JSON.stringify(ODD)}: 1, ${JSON.stringify(ODD)}: 2, "labels": [${JSON.stringify(PATH)}]}`);
    live = await recordFacts(engine);
  });

  afterAll(() => engine?.stop());

  test('the JSON report holds it, and shows nothing that acts on a terminal', () => {
    expect(live.stdout).not.toMatch(ACTING);
    const users = live.report.findings.find(({ check }) => check === 'image/non-root-user')?.evidence;
    expect(users?.find(({ resource }) => resource === 'container odd')?.actual).toContain(ODD);
    const mounts = live.report.findings.find(({ check }) => check === 'container/no-sensitive-host-mounts')?.evidence;
    expect(mounts?.find(({ resource }) => resource === 'container odd')?.actual).toContain(`/etc/${PATH}`);
  });

  test('the facts hold it, and give the same findings', async () => {
    expect(live.facts).not.toMatch(ACTING);
    expect((await judgeFacts(engine)).report.findings).toEqual(live.report.findings);
  });

  test('the text report shows it escaped, on one line', async () => {
    const { stdout } = await hullguard(engine, ['audit', '--docker-host', engine.endpoint, '--all']);
    expect(stdout).not.toMatch(ACTING);
    expect(stdout.replaceAll(/\n +/g, ' ')).toContain(ESCAPED);
  });

  test('so do messages on standard error', async () => {
    const missing = join(engine.dir, `no${PATH.replaceAll('\0', '')}file`);
    const { code, stderr } = await hullguard(engine, ['audit', '--facts', missing]);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(ACTING);
  });

  test('no secret is told', async () => {
    const { stdout, stderr } = await hullguard(engine, ['audit', '--docker-host', engine.endpoint, '--all', '--verbose']);
    expect(stdout + stderr + live.stdout + live.facts).not.toContain('hunter2');
  });

  test('an audit by name reads like the whole one', async () => {
    const one = await audit(engine, ['--check', 'image/non-root-user']);
    expect(one.report.findings).toEqual(live.report.findings.filter(({ check }) => check === 'image/non-root-user'));
  });
});
