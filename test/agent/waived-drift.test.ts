/** The agent and what is waived: drift carries it, and that a waiver ends is told. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Bookkeeper } from '../../agent/bookkeeper.ts';
import { configSchema } from '../../agent/config.ts';
import { openAgentLog } from '../../agent/log.ts';
import { startLoop } from '../../agent/loop.ts';
import { openNotifier } from '../../agent/notify.ts';
import { Observations } from '../../agent/observations.ts';
import { followDecisions } from '../../agent/state/decisions-file.ts';
import { noPrivileged } from '../../checks/containers/privileges.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';
import { hullguard } from './hullguard.ts';
import { fits } from './recorded.ts';
import { withPast } from './state/past.ts';

const CHECK = noPrivileged.id;
const checks = [noPrivileged];
const web = (privileged: boolean): HostLiteral => ({ containers: [{ Name: '/web', HostConfig: { Privileged: privileged } }] });

interface Stage {
  readonly file: string;
  /** Text of the log since the last call. */
  said(): string;
  waivers(lines: string): void;
  /** Another host is found, as on the schedule. */
  look(host: HostLiteral): Promise<void>;
  readonly history: ReturnType<Parameters<Parameters<typeof withPast>[0]>[0]['open']>;
}

function withAgent(work: (stage: Stage) => Promise<void>): Promise<void> {
  return withPast(async ({ file, directory, clock, open }) => {
    clock.now = Date.now();
    const list = path.join(directory, 'waivers.yaml');
    fs.writeFileSync(list, '');
    let text = '';
    const output = {
      print(line: string) {
        text += line;
      },
      say: () => {},
      width: 80,
      color: false,
      interactive: false,
      asks: false,
    };
    const config = configSchema.parse({});
    const log = await openAgentLog({ format: 'text', level: 'info' }, output);
    const history = open();
    const options = {
      config,
      checks,
      endpoint: null,
      environment: {},
      decisions: followDecisions([list]),
      history,
      log,
      notifier: openNotifier({}, log, null),
      onRecorded: () => {},
      refusal: () => null,
    };
    const books = new Bookkeeper(options, {
      triggers: [],
      delivery: { wake: () => {}, stop: async () => {} },
      attribution: { problem: null, attribute: async () => [] },
      nextAudit: () => null,
      again: () => {},
    });
    let host = fakeHost();
    const loop = startLoop({
      openHost: () => host,
      checks,
      benchmark: config.benchmark,
      policy: defaultPolicy,
      about: ['system', 'engine', 'engines', 'daemon'],
      settleMs: 1,
      patienceMs: 20,
      timeoutMs: 5000,
      known: Observations.of(),
      onEvaluated: (evaluation) => books.keep(evaluation),
    });
    await work({
      file,
      history,
      said: () => {
        const said = text;
        text = '';
        return said;
      },
      waivers: (lines) => fs.writeFileSync(list, lines),
      async look(literal) {
        host = fakeHost(literal);
        loop.mark({ facts: [], full: true, cause: 'a test', at: Date.now() });
        await loop.idle();
      },
    });
    await loop.stop();
  });
}

const waiver = (expires: string): string =>
  `waivers:\n  - {id: w-1, check: ${CHECK}, container: web, reason: tape, owner: anna, expires: ${expires}}\n`;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test('drift of what is waived carries the waiver, and is no alarm', () =>
  withAgent(async ({ said, waivers, look, history, file }) => {
    waivers(waiver('2999-12-31'));
    await look(web(false));
    said();
    await look(web(true));
    expect(history.events({})).toMatchObject([{ check: CHECK, resource: 'container web', after: { outcome: 'fail' }, waiver: 'w-1' }]);
    expect(said()).toMatch(/drift: waived .*container\/no-privileged.*w-1/);
    expect(history.lastAudit()?.summary).toMatchObject({ waived: 1 });
    const { stdout } = await hullguard(['history', '--history', file]);
    expect(stdout).toContain('    waived by w-1\n');
    await fits('history', (await hullguard(['history', '--json', '--history', file])).stdout);
    await look(web(false));
    expect(history.events({ limit: 1 })[0]).not.toHaveProperty('waiver');
  }));

test('without one it is as loud as the check is severe', () =>
  withAgent(async ({ said, look, history }) => {
    await look(web(false));
    await look(web(true));
    expect(history.events({})[0]).not.toHaveProperty('waiver');
    expect(said()).not.toContain('waived ');
  }));

test('that a waiver no longer covers is logged and recorded, once', () =>
  withAgent(async ({ said, waivers, look, history, file }) => {
    waivers(waiver('2999-12-31'));
    await look(web(true));
    said();
    waivers(waiver('2020-01-31'));
    await look(web(true));
    expect(said()).toMatch(/waiver no longer covers .*w-1.*expired/);
    await look(web(true));
    expect(said()).not.toContain('no longer covers');
    const notes = history.entries({}).filter((entry) => entry.kind === 'note' && entry.about === 'waiver');
    expect(notes).toMatchObject([{ text: `w-1 for ${CHECK} expired: what it covered fails` }]);
    expect((await hullguard(['history', 'verify', '--history', file])).code).toBe(0);
  }));

test('status tells waivers that end within 30 days, and those that do nothing', () =>
  withAgent(async ({ waivers, look, file }) => {
    const status = async (): Promise<readonly string[]> => {
      const { stdout } = await hullguard(['status', '--history', file], { width: 120 });
      return stdout.split('\n').filter((line) => line.startsWith('Waiver:'));
    };
    waivers(waiver(inDays(31)));
    await look(web(true));
    expect(await status()).toEqual([]);
    waivers(waiver(inDays(10)));
    await look(web(true));
    expect(await status()).toEqual([expect.stringMatching(/^Waiver: {6}w-1 for container\/no-privileged expires in 10 days \(/)]);
    const { stdout } = await hullguard(['status', '--history', file, '--json']);
    await fits('status', stdout);
    expect(JSON.parse(stdout)).toMatchObject({ waivers: [{ id: 'w-1', check: CHECK, expires: inDays(10), state: 'active' }] });
    waivers(waiver('2020-01-31'));
    await look(web(true));
    expect(await status()).toEqual(['Waiver:      w-1 for container/no-privileged has expired (2020-01-31)']);
    waivers(waiver('2999-12-31'));
    await look(web(false));
    expect(await status()).toEqual([expect.stringContaining('w-1 for container/no-privileged is unneeded (hullguard audit --check')]);
  }));

test('a file that cannot be understood is a problem of the agent', () =>
  withAgent(async ({ said, waivers, look, history }) => {
    waivers('waivers: [{}]\n');
    await look(web(true));
    expect(said()).toMatch(/degraded .*no waiver counts: .*waivers\.yaml: line 1, column 11/);
    expect(history.lastAudit()?.summary).toMatchObject({ waived: 0 });
    waivers('');
    await look(web(true));
    expect(said()).toContain('all sources are seen again');
  }));
