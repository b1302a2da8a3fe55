/** What each key of the configuration takes, and what is said of all else. */
import { absolute, checks, choice, group, type KeyRow, onOff, quoted, seconds, text, whole } from './config-kinds.ts';
import { below, policy } from './config-policy-rows.ts';

const cron: KeyRow = {
  valid: ['17 3 * * *', '"*/15 0-6,22 1,15 jan-MAR mon-fri"', '0 4 * * 7', '0-30/10 * * * *'],
  invalid: [
    ['7', 'expected string, received number'],
    ['daily', 'expected five fields (minute, hour, day, month, weekday), found 1'],
    ['""', 'expected five fields (minute, hour, day, month, weekday), found 0'],
    ['0 0 3 * * *', 'expected five fields (minute, hour, day, month, weekday), found 6'],
    ['60 3 * * *', 'expected a minute from 0 to 59, or *, a range, or a step, found "60"'],
    ['0 5-1 * * *', 'expected a hour from 0 to 23, or *, a range, or a step, found "5-1"'],
    ['0 3 0 * *', 'expected a day of the month from 1 to 31, or *, a range, or a step, found "0"'],
    ['0 3 * mon *', 'expected a month from 1 to 12, or *, a range, or a step, found "mon"'],
    ['0 3 * * 1,8', 'expected a day of the week from 0 to 7, or *, a range, or a step, found "8"'],
    ['"*/0 3 * * *"', 'expected a minute from 0 to 59, or *, a range, or a step, found "*/0"'],
  ],
};
const address: KeyRow = {
  valid: ['https://example.com/x?token=y', 'http://localhost:8080/', 'http://[::1]/', 'http://127.0.0.1'],
  invalid: [
    ['7', 'expected string, received number'],
    ['example.com', 'expected an https or http address'],
    ['file:///etc/passwd', 'expected an https or http address'],
    ['http://example.com/token', 'http is for this host alone unless webhook.allowHttp is true'],
    ['http://localhost.example.com/', 'http is for this host alone unless webhook.allowHttp is true'],
  ],
};

const agent: Readonly<Record<string, KeyRow>> = {
  schedule: cron,
  watch: onOff,
  settleMs: whole(0, 60_000),
  log: group(),
  'log.format': choice('text', 'json'),
  'log.level': choice('crit', 'error', 'warn', 'notice', 'info', 'debug'),
  webhook: {
    valid: ['{url: "https://example.com"}', '{url: "http://example.com", allowHttp: true}'],
    invalid: [
      ['true', 'expected object, received boolean'],
      ['{}', '.url: expected string, received undefined'],
    ],
  },
  'webhook.url': address,
  'webhook.secretFile': absolute('/etc/hullguard/secret'),
  'webhook.minSeverity': choice('low', 'medium', 'high', 'critical'),
  'webhook.allowHttp': onOff,
  metricsFile: {
    valid: ['/var/lib/x.prom'],
    invalid: [...absolute('').invalid, ['/x.txt', 'expected a name that ends in .prom, or node_exporter does not read it']],
  },
  retentionDays: whole(1, Number.POSITIVE_INFINITY),
  remediate: group(),
  'remediate.enabled': onOff,
  'remediate.maxImpact': choice('none', 'reload', 'restart'),
  'remediate.checks': checks,
  'remediate.window': {
    valid: ['00:00-00:00', '22:00-05:59'],
    invalid: [
      ['7', 'expected string, received number'],
      ['22-05', 'expected HH:MM-HH:MM'],
      ['22:00-24:00', 'expected HH:MM-HH:MM'],
    ],
  },
  'remediate.maxPerDay': whole(1, Number.POSITIVE_INFINITY),
};

const profile: Readonly<Record<string, KeyRow>> = {
  extends: {
    valid: ['level-1', 'stride:I'],
    invalid: [
      ['1', 'expected string, received number'],
      [
        'level-3',
        'no profile is called level-3, did you mean level-1 or level-2? (profiles: mine, level-1, level-2, stride:S, stride:T, stride:R, stride:I, stride:D, stride:E)',
      ],
      ['mine', 'a circle: mine extends mine'],
    ],
  },
  include: checks,
  exclude: checks,
  severity: {
    valid: ['{}', '{daemon/icc-disabled: critical, "5.*": low}'],
    invalid: [
      ['high', 'expected record, received string'],
      ['{daemon/icc-disabled: worst}', '.daemon/icc-disabled: expected one of "low"|"medium"|"high"|"critical"'],
      ['{daemon/ic-disabled: low}', '.daemon/ic-disabled: no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?'],
    ],
  },
  policy: group(),
  ...below('policy', policy),
};

const versions = ['1.1.0', '1.2.0', '1.3.1', '1.4.0', '1.5.0', '1.6.0', '1.7.0', '1.8.0'];

const threats: Readonly<Record<string, KeyRow>> = {
  weights: {
    valid: ['{}', '{daemon/spoofing-tcp: 2.5, container/*: 0}'],
    invalid: [
      ['high', 'expected record, received string'],
      ['{container/*: high}', '.container/*: expected number, received string'],
      ['{container/*: -1}', '.container/*: expected number to be >=0'],
      ['{site/*: 2}', '.site/*: no threat is called site/*'],
    ],
  },
  add: {
    valid: ['[]'],
    invalid: [
      ['{}', 'expected array, received object'],
      ['[site/x]', '.0: expected object, received string'],
    ],
  },
  'add[].id': { ...text('site/x'), invalid: [...text().invalid, ['Site', 'expected a name such as site/stolen-backup']] },
  'add[].surface': choice('client', 'host', 'daemon', 'registry', 'image', 'container', 'orchestrator'),
  'add[].stride': choice('S', 'T', 'R', 'I', 'D', 'E'),
  'add[].threat': { ...text('A.'), invalid: [...text().invalid, ['" "', 'expected string to have >=1 characters']] },
  'add[].checks': {
    valid: ['[]', '[daemon/userns-remap]'],
    invalid: [
      ['daemon/userns-remap', 'expected array, received string'],
      ['[daemon/ic-disabled]', '.0: no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?'],
    ],
  },
  'add[].uncovered': { ...text('All.'), invalid: [...text().invalid, ['""', 'expected string to have >=1 characters']] },
};

export const rows: Readonly<Record<string, KeyRow>> = {
  benchmark: { valid: versions, invalid: ['1.9.0', '1.8', '[]'].map((value) => [value, `expected one of ${quoted(versions)}`] as const) },
  profile: {
    valid: ['level-1', 'level-2', 'stride:S', 'stride:E'],
    invalid: [
      ['1', 'expected string, received number'],
      [
        'stride:i',
        'no profile is called stride:i, did you mean stride:I? (profiles: level-1, level-2, stride:S, stride:T, stride:R, stride:I, stride:D, stride:E)',
      ],
    ],
  },
  profiles: {
    valid: ['{}', '{mine: {}}'],
    invalid: [
      ['[mine]', 'expected record, received array'],
      ['{mine: level-1}', '.mine: expected object, received string'],
      ['{level-1: {}}', '.level-1: this profile is built in: choose another name'],
      ['{"my own": {}}', '.my own: expected a name of letters, digits, dots, dashes and underscores, a letter or digit first'],
    ],
  },
  ...below('profiles.NAME', profile),
  failOn: choice('low', 'medium', 'high', 'critical', 'none'),
  minSeverity: choice('low', 'medium', 'high', 'critical'),
  skip: checks,
  timeout: seconds,
  apply: group('{maxImpact: restart, patience: 120}'),
  'apply.maxImpact': choice('none', 'reload', 'restart'),
  'apply.restartCommand': {
    valid: ['[/usr/local/bin/restart-docker, now]'],
    invalid: [
      ['restart docker', 'expected array, received string'],
      ['[/x, 1]', '.1: expected string, received number'],
      ['[systemctl, restart]', 'expected an absolute path first'],
    ],
  },
  'apply.patience': seconds,
  agent: group(),
  ...below('agent', agent),
  siteChecks: {
    valid: ['{directory: /etc/hullguard/checks, timeout: 5}'],
    invalid: [
      ['[]', 'expected object, received array'],
      ['{}', '.directory: expected string, received undefined'],
    ],
  },
  'siteChecks.directory': absolute('/etc/hullguard/checks'),
  'siteChecks.timeout': {
    valid: ['0.5', '15'],
    invalid: [
      ['0', 'expected number to be >0'],
      ['16', 'expected number to be <=15'],
      ['5s', 'expected number, received string'],
    ],
  },
  advisories: absolute('/etc/hullguard/advisories.json'),
  threats: group(),
  ...below('threats', threats),
  policy: group(),
  ...below('policy', policy),
};
