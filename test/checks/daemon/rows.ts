/** Rows that hold for any setting of dockerd that is on or off. */
import type { Row, Rows } from '../../check-tester.ts';
import { edited, STARTED, started } from '../../facts/effective.ts';
import type { HostLiteral } from '../../fake-host.ts';

interface Switch {
  readonly key: string;
  /** The value that passes. */
  readonly wanted: boolean;
  /** The value when unset. */
  readonly usual: boolean;
}

const CONFIG = '/etc/docker/daemon.json';

/** Where only command line and file tell: `quiet` is an engine that does not report the setting. */
export function flagAndFile({ key, wanted, usual }: Switch, quiet: HostLiteral = {}): Rows {
  const row = (value: boolean, host: HostLiteral, says: string): Row => ({
    host: { ...host, ...quiet, files: { ...host.files, ...quiet.files } },
    status: value === wanted ? 'pass' : 'fail',
    says,
    ...(value !== wanted && { goal: { kind: 'daemon-setting', key, value: wanted } }),
  });
  const error = (host: HostLiteral, says: string): Row => ({
    host: { ...host, ...quiet, files: { ...host.files, ...quiet.files } },
    status: 'error',
    says,
  });
  const spelt = Object.entries({ '': true, '=true': true, '=1': true, '=T': true, '=false': false, '=0': false, '=F': false, '=': false });
  const moved = { [CONFIG]: { content: `{"${key}": ${wanted}}`, modifiedAt: 0, changedAt: STARTED + 60_000 } };
  const pending = `${key}=${wanted} is written, but not known to be in force: restart pending`;
  return {
    ...Object.fromEntries(
      spelt.map(([end, value]) => [`A0.7 --${key}${end}`, row(value, started(`--${key}${end}`), `${key}=${value} (flag)`)]),
    ),
    'in the file: true': row(true, started('', { [key]: true }), `${key}=true (file)`),
    'in the file: false': row(false, started('', { [key]: false }), `${key}=false (file)`),
    'in the file: null, which dockerd takes for false': row(false, started('', { [key]: null }), `${key}=false (file)`),
    'in no file': row(usual, started(''), `${key}=${usual} (default)`),
    'in an empty object': row(usual, started('', {}), `${key}=${usual} (default)`),
    'in an empty file': row(usual, started('', ''), `${key}=${usual} (default)`),
    'behind a byte order mark': row(wanted, started('', `\ufeff{"${key}": ${wanted}}`), '(file)'),
    'in a file that is a link': row(
      wanted,
      {
        ...started('', null),
        files: { [CONFIG]: { kind: 'link', link: '/srv/d.json' }, '/srv/d.json': { content: `{"${key}": ${wanted}}` } },
      },
      '(file)',
    ),
    'twice in the file: the last one counts': row(!wanted, started('', `{"${key}": ${wanted}, "${key}": ${!wanted}}`), '(file)'),
    'D4 good as a flag, bad in the file: dockerd runs with the flag': row(
      wanted,
      started(`--${key}=${wanted}`, { [key]: !wanted }),
      '(flag)',
    ),
    'A0.6 in the file that --config-file names': row(
      wanted,
      { ...started('--config-file /srv/d.json', { [key]: !wanted }), files: { '/srv/d.json': `{"${key}": ${wanted}}` } },
      '/srv/d.json',
    ),
    'A0.8 D3 written after dockerd started': { ...row(!wanted, edited({ [key]: wanted }), pending), status: 'fail' },
    'moved into place after dockerd started: what it held before is unknown': {
      ...row(wanted, { ...started('', null), files: moved }, 'a restart settles it'),
      status: 'manual',
    },
    'moved into place, and bad': row(
      !wanted,
      { ...started('', null), files: { [CONFIG]: { ...moved[CONFIG], content: `{"${key}": ${!wanted}}` } } },
      '(file)',
    ),
    'written badly after dockerd started': { ...row(!wanted, edited({ [key]: !wanted }), 'restart pending'), status: 'fail' },
    'not in a file that was changed after dockerd started, which may have held it': {
      ...row(usual, edited({}), usual === wanted ? 'a restart settles it' : '(default)'),
      status: usual === wanted ? 'manual' : 'fail',
    },
    'in a file with a mistake: which line and column': error(started('', `{\n  "${key}": ${wanted},\n}`), 'line 3, column 1'),
    'in quotes, with which dockerd does not start': error(started('', { [key]: String(wanted) }), `${key}: expected true or false`),
    'in a file that is closed to us': error({ ...started('', null), files: { [CONFIG]: { error: 'denied' } } }, 'permission denied'),
    'in a directory': error({ ...started('', null), files: { [CONFIG]: { kind: 'directory' } } }, 'it is a directory'),
    'in 5 MB': error(started('', `{"${key}": ${wanted}}${' '.repeat(5 << 20)}`), 'larger than'),
    'in a file that the command line names, and that is gone': error(started('--config-file=/srv/gone.json'), 'gone since dockerd started'),
    'a flag stands, even with a file that nobody can read': row(wanted, started(`--${key}=${wanted}`, '{'), '(flag)'),
    'of a daemon that we do not see': error({ dockerd: null, daemonJson: { [key]: wanted } }, 'no dockerd process is visible'),
    'of one of two daemons that both claim the socket': error(
      { ...started('-H fd://', { [key]: wanted }), files: claim },
      'none of the dockerd processes',
    ),
  };
}

const claim: NonNullable<HostLiteral['files']> = {
  '/proc/200/stat': '200 (dockerd) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0',
  '/proc/200/cmdline': 'dockerd\0-H\0fd://\0',
  '/proc/200/status': 'Uid:\t0\t0\t0\t0\nNSpid:\t200\n',
};

/** Where the engine reports the setting: what it says counts, and what the next start brings. */
export function reported({ key, wanted, usual }: Switch, live: (value: boolean) => HostLiteral): Rows {
  const good = live(wanted);
  const bad = live(!wanted);
  return {
    'in force': { host: { ...good, ...started('', { [key]: wanted }) }, status: 'pass', says: `${key}=${wanted} (file)` },
    'in force, by flag': { host: { ...good, ...started(`--${key}=${wanted}`) }, status: 'pass', says: '(flag)' },
    'not in force': {
      host: { ...bad, ...started('', { [key]: !wanted }) },
      status: 'fail',
      says: '(file)',
      goal: { kind: 'daemon-setting', key, value: wanted },
    },
    'A0.7 not in force, by flag': { host: { ...bad, ...started(`--${key}=${!wanted}`) }, status: 'fail', says: '(flag)' },
    'A0.8 D3 written, but not in force': {
      host: { ...bad, ...started('', { [key]: wanted }) },
      status: 'fail',
      says: `${key}=${wanted} after a restart (pending)`,
    },
    'D3 in force, but the file says otherwise': {
      host: { ...good, ...started('', { [key]: !wanted }) },
      status: 'fail',
      says: `${key}=${!wanted} after a restart (pending)`,
    },
    'D3 in force, but gone from the file': { host: { ...good, ...edited({}) }, status: wanted === usual ? 'pass' : 'fail' },
    'D3 in force, but the file is gone': { host: { ...good, ...started('') }, status: wanted === usual ? 'pass' : 'fail' },
    'nothing written anywhere': {
      host: { ...live(usual), ...started('', {}) },
      status: wanted === usual ? 'pass' : 'fail',
      says: `${key}=${usual} (default)`,
    },
    'in force, in a file with a mistake': { host: { ...good, ...started('', '{') }, status: 'pass' },
    'in force, in a daemon that we do not see': { host: { ...good, dockerd: null, daemonJson: { [key]: wanted } }, status: 'pass' },
  };
}
