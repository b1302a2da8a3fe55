import { chmod, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, type Suite, startEngine } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { type Audit, audit } from './command.ts';

/** What the daemons here are started with; each edit below is made behind the back of a running one. */
const STARTED = { 'live-restore': true, 'no-new-privileges': true, 'userland-proxy': false, 'log-level': 'info' };

interface Edit {
  /** The new daemon.json; null removes it. */
  readonly content: string | null;
  /** Check → its status and what the evidence must tell. */
  readonly says: (suite: Suite) => Readonly<Record<string, readonly [string, RegExp]>>;
}

/** The engine reports whether no-new-privileges is the default since 24.0; before, it is as unknown as the settings it never reports. */
function reported(suite: Suite, known: RegExp, unknown: RegExp): RegExp {
  return suite === 'bookworm' ? unknown : known;
}

const edits: Readonly<Record<string, Edit>> = {
  'worse values: those that run still count for nothing': {
    content: '{"live-restore": false, "no-new-privileges": false, "userland-proxy": true, "log-level": "debug", "iptables": false}',
    says: (suite) => ({
      'daemon/settings-in-force': ['fail', /setting live-restore: pending restart: live-restore=false .*live-restore=true now/],
      'daemon/live-restore': ['fail', /live-restore=true \(api\); live-restore=false after a restart \(pending\)/],
      'daemon/no-new-privileges': [
        'fail',
        reported(
          suite,
          /no-new-privileges=true \(api\); no-new-privileges=false after a restart/,
          /no-new-privileges=false is written, but not known to be in force/,
        ),
      ],
      'daemon/userland-proxy-disabled': ['fail', /userland-proxy=true is written, but not known to be in force/],
      'daemon/iptables-enabled': ['fail', /iptables=false is written, but not known to be in force/],
      'daemon/log-level-info': ['fail', /log-level=debug is written, but not known to be in force/],
      'daemon/config-file-valid': ['pass', /valid/],
    }),
  },
  'better values: those that are written count for nothing': {
    content:
      '{"live-restore": true, "no-new-privileges": true, "userland-proxy": false, "log-level": "info", "insecure-registries": ["r:5000"]}',
    says: () => ({
      'daemon/settings-in-force': ['fail', /setting insecure-registries: pending restart/],
      'daemon/userland-proxy-disabled': ['fail', /userland-proxy=false is written, but not known to be in force/],
      'daemon/no-insecure-registries': ['fail', /insecure-registries=\["r:5000"\] after a restart \(pending\)/],
      'daemon/live-restore': ['pass', /live-restore=true \(file\)/],
    }),
  },
  'keys that are gone: their defaults come, and may rule already': {
    content: '{}',
    says: (suite) => ({
      'daemon/settings-in-force': ['fail', /setting live-restore: pending restart: live-restore=false/],
      'daemon/live-restore': ['fail', /live-restore=false after a restart/],
      'daemon/no-new-privileges': [
        'fail',
        reported(suite, /=true \(api\); no-new-privileges=false after a restart/, /no-new-privileges=false/),
      ],
      'daemon/userland-proxy-disabled': ['fail', /userland-proxy=true/],
      'daemon/iptables-enabled': ['manual', /iptables=true \(default\), .*changed after dockerd started/],
    }),
  },
  'an edit of which nothing can be known': {
    content: '{"live-restore": true, "no-new-privileges": true}',
    says: (suite) => ({
      'daemon/settings-in-force': suite === 'bookworm' ? ['fail', /no-new-privileges/] : ['manual', /since dockerd started still rules/],
      'daemon/iptables-enabled': ['manual', /iptables=true \(default\), .*changed after dockerd started/],
    }),
  },
  'a key that is a flag, too': {
    content: '{"icc": false, "live-restore": true}',
    says: () => ({
      'daemon/config-file-valid': ['fail', /icc is also a flag \(flag icc=false, file icc=false\): dockerd will not start/],
      'daemon/icc-disabled': ['pass', /icc=false \(flag\)/],
    }),
  },
  'a key given twice, and one that dockerd ignores': {
    content: '{"live-restore": true, "live-restore": true, "insecure-registry": ["r:5000"]}',
    says: () => ({
      'daemon/config-file-valid': [
        'fail',
        /live-restore is given more than once: the last one counts\n.*insecure-registry is ignored: the key is insecure-registries/,
      ],
    }),
  },
  'a file that is cut short': {
    content: '{"live-restore": true,\n  "icc": ',
    says: (suite) => ({
      'daemon/config-file-valid': ['fail', /line 2, column \d+: value expected/],
      'daemon/settings-in-force': ['error', /line 2, column \d+/],
      'daemon/live-restore': ['pass', /live-restore=true \(api\)/],
      'daemon/icc-disabled': ['pass', /icc=false \(flag\)/],
      'daemon/no-new-privileges': suite === 'bookworm' ? ['error', /line 2, column \d+/] : ['pass', /no-new-privileges=true \(api\)/],
      'daemon/userland-proxy-disabled': ['error', /line 2, column \d+/],
    }),
  },
  'a file that is gone': {
    content: null,
    says: () => ({
      'daemon/config-file-valid': ['fail', /not there: dockerd will not start/],
      'daemon/settings-in-force': ['fail', /setting live-restore: pending restart/],
      'daemon/live-restore': ['fail', /live-restore=false after a restart/],
      'daemon/userland-proxy-disabled': ['error', /gone since dockerd started/],
      'daemon/iptables-enabled': ['error', /gone since dockerd started/],
    }),
  },
};

function expectSaid({ report }: Audit, says: Readonly<Record<string, readonly [string, RegExp]>>): void {
  for (const [check, [status, text]] of Object.entries(says)) {
    const finding = report.findings.find((candidate) => candidate.check === check);
    const told = finding?.evidence.map(({ resource, actual }) => `${resource}: ${actual}`).join('\n') ?? '';
    expect({ check, status: finding?.status }, told).toEqual({ check, status });
    expect(told, check).toMatch(text);
  }
}

labSuite('daemon.json behind a running daemon', () => {
  describe.each(['bookworm', 'sid'] as const)('docker of %s', (suite) => {
    let engine: Engine;

    beforeAll(async () => {
      engine = await startEngine({ suite, flags: ['--icc=false'], daemonJson: STARTED });
    });

    afterAll(() => engine?.stop());

    test('all that is written at the start is in force', async () => {
      const live = await audit(engine, ['--section', 'daemon']);
      expectSaid(live, {
        'daemon/settings-in-force': ['pass', /in force/],
        'daemon/config-file-valid': ['pass', /valid/],
        'daemon/live-restore': ['pass', /live-restore=true \(file\)/],
        'daemon/no-new-privileges': ['pass', /no-new-privileges=true \(file\)/],
        'daemon/userland-proxy-disabled': ['pass', /userland-proxy=false \(file\)/],
      });
      expect(live.code).toBe(1);
    });

    test('a new mode may hide another file that took its place: what the engine reports still passes', async () => {
      await chmod(engine.configFile, 0o600);
      expectSaid(await audit(engine, ['--section', 'daemon']), {
        'daemon/live-restore': ['pass', /live-restore=true \(file\)/],
        'daemon/userland-proxy-disabled': ['manual', /userland-proxy=false \(file\), .*moved or changed in mode after dockerd started/],
      });
    });

    test.each(Object.entries(edits))('%s', async (_, { content, says }) => {
      if (content === null) await rm(engine.configFile);
      else await writeFile(engine.configFile, content);
      expectSaid(await audit(engine, ['--section', 'daemon']), says(suite));
    });

    test('after a restart what was pending is in force', async () => {
      await writeFile(engine.configFile, '{"live-restore": false, "no-new-privileges": true, "userland-proxy": true}');
      await engine.restart();
      expectSaid(await audit(engine, ['--section', 'daemon']), {
        'daemon/settings-in-force': ['pass', /in force/],
        'daemon/live-restore': ['fail', /live-restore=false/],
        'daemon/userland-proxy-disabled': ['fail', /userland-proxy=true \(file\)/],
      });
    });

    test('dockerd indeed refuses the file that has a flag’s key', async () => {
      await writeFile(engine.configFile, edits['a key that is a flag, too']?.content ?? '');
      await expect(engine.restart()).rejects.toThrow(/specified both as a flag and in the configuration file: icc/);
    });
  });
});
