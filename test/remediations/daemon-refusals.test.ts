import { describe, expect, test } from 'vitest';
import type { Json } from '../../facts/json.ts';
import { edited, started } from '../facts/effective.ts';
import type { HostLiteral } from '../fake-host.ts';
import { CONFIG, DEFAULTS, insecure, plan, soft, UNIT } from './soft-daemon.ts';

const debianUnit = `[Service]\nEnvironmentFile=-${DEFAULTS}\nExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS\n`;
const user = { uid: 1000, environment: 'HOME=/home/a\0' };

describe('refused, with what stands in the way and what to do', () => {
  test.each<[string, string, Json, HostLiteral, RegExp | string]>([
    [
      'a flag in the file of variables that the unit reads',
      'icc',
      false,
      soft(null, { ...started('-H fd:// --icc=true'), files: { [UNIT]: debianUnit, [DEFAULTS]: '# by hand\nDOCKER_OPTS="--icc=true"\n' } }),
      `icc is a flag of dockerd: --icc=true in ${DEFAULTS} line 2; it must not stand in ${CONFIG} as well: take the flag out`,
    ],
    [
      'a plugin that the file has already',
      'live-restore',
      true,
      soft({}, edited({ 'authorization-plugins': ['x'] })),
      `${CONFIG} has authorization-plugins=["x"], which dockerd is not known to run with and would take as well: restart it yourself`,
    ],
    ['data that a restart would move', 'icc', false, soft({}, edited({ 'userns-remap': 'default' })), /has userns-remap=default, which/],
    ['a storage driver that waits', 'icc', false, soft({}, edited({ 'storage-driver': 'vfs' })), /has storage-driver=vfs, which/],
    [
      'a flag of which no unit knows',
      'icc',
      false,
      soft(null, started('--icc=true')),
      /--icc=true on the command line of pid 100, but in no unit/,
    ],
    [
      'a flag in a unit in which dockerd does not run',
      'icc',
      false,
      soft(null, {
        ...started('--icc=true'),
        files: { [UNIT]: 'ExecStart=dockerd --icc=true\n', '/proc/100/cgroup': '0::/user.slice/session-1.scope\n' },
      }),
      /on the command line of pid 100, but in no unit/,
    ],
    [
      'a flag by its short name',
      'debug',
      false,
      soft(null, { ...started('-D'), files: { [UNIT]: 'ExecStart=dockerd -D\n' }, info: { Debug: true } }),
      `debug is a flag of dockerd: --debug=true in ${UNIT} line 1`,
    ],
    [
      'a flag that will be',
      'icc',
      false,
      soft(null, { ...started('-H fd://'), files: { [UNIT]: debianUnit, [DEFAULTS]: 'DOCKER_OPTS=--icc=false\n' } }),
      `--icc in ${DEFAULTS} line 1, added since dockerd started`,
    ],
    [
      'another key that is a flag as well',
      'icc',
      false,
      soft(null, { ...started('-l warn', { 'log-level': 'warn' }), files: { [UNIT]: 'ExecStart=dockerd -l warn\n' } }),
      `log-level stands both in ${CONFIG} and as a flag: --log-level=warn in ${UNIT} line 1; dockerd will not start again`,
    ],
    [
      'another key that will be a flag as well',
      'icc',
      false,
      soft({ 'no-new-privileges': true }, { files: { [UNIT]: 'ExecStart=dockerd --no-new-privileges --add-runtime a=/a\n' } }),
      `no-new-privileges stands both in ${CONFIG} and as a flag: --no-new-privileges in ${UNIT} line 1, added since`,
    ],
    ['a file with a mistake', 'icc', false, soft('{"icc": true,}'), /daemon\.json is not valid.*: line 1, column 14: .*mend it first/],
    ['a file that is a directory', 'icc', false, soft(null, { files: { [CONFIG]: { kind: 'directory' } } }), /it is a directory/],
    ['a file that is closed to us', 'icc', false, soft(null, { files: { [CONFIG]: { error: 'denied' } } }), /cannot be read: .*as root/],
    ['a key given twice', 'icc', false, soft('{"debug": true, "debug": false}'), /gives debug more than once.*leave one/],
    ['a password', 'insecure-registries', [], soft({ 'insecure-registries': ['u:p@a:5000'] }), /holds a password in insecure-registries/],
    ['a named file that is gone', 'icc', false, soft(null, started('--config-file=/srv/d.json')), /\/srv\/d\.json is gone, though/],
    [
      'a link to nowhere',
      'icc',
      false,
      soft(null, { files: { [CONFIG]: { kind: 'link', link: '/nowhere' } } }),
      /leads to \/nowhere, which is not there/,
    ],
    [
      'a file out of a store',
      'icc',
      false,
      soft(null, { files: { [CONFIG]: { kind: 'link', link: '/nix/store/abc-daemon.json' }, '/nix/store/abc-daemon.json': '{}' } }),
      /leads to \/nix\/store\/abc-daemon\.json, which the configuration of the system makes/,
    ],
    [
      'a directory of somebody else',
      'icc',
      false,
      soft({}, { files: { '/etc/docker': { kind: 'directory', uid: 1000 } } }),
      /others than root can replace what lies in \/etc\/docker \(mode 755, owner 1000:0\)/,
    ],
    [
      'a directory of somebody else, without the file',
      'icc',
      false,
      soft(null, { files: { '/etc/docker': { kind: 'directory', mode: 0o775, gid: 998 } } }),
      /in \/etc\/docker \(mode 775, owner 0:998\)/,
    ],
    [
      'a mount point',
      'icc',
      false,
      soft({}, { files: { '/proc/1/mountinfo': `3 1 8:3 /conf/d.json ${CONFIG} rw - ext4 /dev/sdb1 rw\n` } }),
      /daemon\.json is a mount point.*\(\/dev\/sdb1, \/conf\/d\.json\)/,
    ],
    [
      'a daemon that we do not see',
      'live-restore',
      true,
      { ...soft(), dockerd: null },
      /no dockerd process is visible.*run hullguard as root/,
    ],
    [
      'a rootless daemon',
      'icc',
      false,
      soft(null, {
        info: { SecurityOptions: ['name=rootless'] },
        dockerd: { flags: [], ...user },
        files: { '/run/docker.sock': null, '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 } },
      }),
      'runs rootless: as its user, set "icc": false in /home/a/.config/docker/daemon.json',
    ],
    [
      'a snap',
      'icc',
      false,
      soft(null, {
        ...started('--config-file=/var/snap/docker/1/config/daemon.json'),
        files: { '/var/snap/docker/1/config/daemon.json': '{}' },
      }),
      /Docker is a snap: set "icc": false in .* and run snap restart docker/,
    ],
    ['icc=false with iptables=false in force', 'icc', false, soft({ iptables: false }), /apply daemon\/iptables-enabled first/],
    [
      'icc=false with iptables=false written',
      'icc',
      false,
      soft(null, edited({ iptables: false })),
      /apply daemon\/iptables-enabled first/,
    ],
    ['no proxy with iptables=false', 'userland-proxy', false, soft({ iptables: false }), /nothing would forward published ports/],
    [
      'icc=false while live restore keeps containers',
      'icc',
      false,
      soft({ 'live-restore': true }, { info: { LiveRestoreEnabled: true }, containers: [{}] }),
      /with live restore web would run on.*stop them first/,
    ],
    [
      'icc=false while live restore may keep containers',
      'icc',
      false,
      soft(
        { 'live-restore': true },
        { info: { LiveRestoreEnabled: true }, containers: [{}], api: { [`/containers/${'c0ffee'.padEnd(64, '0')}/json`]: {} } },
      ),
      /with live restore web would run on/,
    ],
    ['live-restore in a swarm', 'live-restore', true, soft({}, { info: { Swarm: { LocalNodeState: 'active' } } }), /in a swarm \(active\)/],
    [
      'ip6tables before engine 27',
      'ip6tables',
      true,
      soft({ ip6tables: false }, { version: { Version: '20.10.24' } }),
      /engine 20\.10\.24 filters IPv6 in experimental mode only/,
    ],
    [
      'no experimental mode, on which ip6tables depends',
      'experimental',
      false,
      soft({ experimental: true, ip6tables: true }, { version: { Version: '26.1.5' }, info: { ExperimentalBuild: true } }),
      /ip6tables=true needs experimental mode/,
    ],
    [
      'a registry that running containers come from',
      'insecure-registries',
      [],
      soft({}, { ...insecure('r.example:5000'), containers: [{ Config: { Image: 'r.example:5000/a/web:1' } }] }),
      /running containers come from such a registry.*web \(r\.example:5000\/a\/web:1\)/,
    ],
    [
      'a registry in a range',
      'insecure-registries',
      [],
      soft({}, { ...insecure('10.1.0.0/16'), containers: [{ Config: { Image: '10.1.200.3:5000/web' } }] }),
      /web \(10\.1\.200\.3:5000\/web\)/,
    ],
    ...(
      [
        ['an unknown limit', { nofiles: { Name: 'nofiles', Hard: 1, Soft: 1 } }, /default-ulimits nofiles: Linux has no limit/],
        ['a limit above the hard one', { core: { Name: 'core', Hard: 1, Soft: 2 } }, /core: its soft limit is above/],
        ['no soft limit', { core: { Name: 'core', Hard: 1, Soft: -1 } }, /core: its soft limit is above/],
        ['more files than there can be', { nofile: { Name: 'nofile', Hard: 1_048_577, Soft: 1 } }, /more than 1048576 open files/],
        ['any number of files', { nofile: { Name: 'nofile', Hard: -1, Soft: 1 } }, /more than 1048576 open files/],
        ['a limit without its name', { core: { Hard: 1, Soft: 1 } }, /core: expected \{"Name": "core"/],
        ['half a limit', { core: { Name: 'core', Hard: 1.5, Soft: 1 } }, /core: expected/],
        ['no limit at all', { core: 'x' }, /core: expected/],
      ] as const
    ).map(([name, limits, reason]): [string, string, Json, HostLiteral, RegExp] => [
      name,
      'default-ulimits',
      limits as Json,
      soft(),
      reason,
    ]),
  ])('%s', async (_, key, value, host, reason) => {
    expect(await plan(key, value, host)).toEqual({ refused: expect.stringMatching(typeof reason === 'string' ? escaped(reason) : reason) });
  });

  test.each<[string, string, Json, HostLiteral]>([
    ['icc=false with live restore, nothing running', 'icc', false, soft({ 'live-restore': true }, { info: { LiveRestoreEnabled: true } })],
    ['icc=false without live restore', 'icc', false, soft({}, { containers: [{}] })],
    ['a registry that is verified', 'insecure-registries', [], soft({}, { ...insecure('a:5000', '10.0.0.0/8'), containers: [{}] })],
    [
      'an address in another range',
      'insecure-registries',
      [],
      soft({}, { ...insecure('10.1.0.0/16'), containers: [{ Config: { Image: '10.2.0.1/a' } }] }),
    ],
    ['no limit on anything but files', 'default-ulimits', { core: { Name: 'core', Hard: -1, Soft: -1 } }, soft()],
    [
      'a mount above the file',
      'icc',
      false,
      soft({}, { files: { '/proc/1/mountinfo': '3 1 8:3 / /etc/docker rw - ext4 /dev/sdb1 rw\n' } }),
    ],
    ['other flags', 'icc', false, soft(null, { files: { [UNIT]: debianUnit, [DEFAULTS]: 'DOCKER_OPTS=--iptables\n' } })],
    ['experimental mode off', 'experimental', false, soft({}, { version: { Version: '26.1.5' }, info: { ExperimentalBuild: true } })],
  ])('but not %s', async (_, key, value, host) => {
    expect(await plan(key, value, host)).toHaveProperty('changes');
  });
});

function escaped(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
