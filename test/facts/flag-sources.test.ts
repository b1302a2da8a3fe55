import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFlagSources } from '../../facts/flag-sources.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';

const UNIT = '/usr/lib/systemd/system/docker.service';
const DROP_IN = '/etc/systemd/system/docker.service.d/override.conf';
const DEFAULTS = '/etc/default/docker';

/** Debian's own unit. */
const debian = `[Unit]
Description=Docker Application Container Engine
Documentation=https://docs.docker.com
After=network-online.target docker.socket firewalld.service containerd.service time-set.target
Wants=network-online.target containerd.service
Requires=docker.socket

[Service]
Type=notify
# the default is not to use systemd for cgroups because the delegate issues still
# exists and systemd currently does not support the cgroup feature set required
# for containers run by docker
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutStartSec=0
`;

/** The unit of Docker's own packages, which bring an /etc/default/docker all the same. */
const docker = `[Service]
Type=notify
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
`;

/** /etc/default/docker as it is shipped, with a line of somebody's. */
const defaults = (line: string): string => `# Docker Upstart and SysVinit configuration file

# Use DOCKER_OPTS to modify the daemon startup options.
#DOCKER_OPTS="--dns 8.8.8.8 --dns 8.8.4.4"
${line}

# If you need Docker to use an HTTP proxy, it can also be specified here.
#export http_proxy="http://127.0.0.1:3128/"
`;

/** `key path:line` of each flag, of those that are not in the unit as it is shipped. */
function sources(files: HostLiteral['files'], units: readonly string[] = [UNIT]): string[] {
  return findFlagSources(fakeHost({ files: files ?? {} }), units)
    .filter(({ key }) => !['hosts', 'containerd'].includes(key))
    .map(({ key, path, line }) => `${key} ${path}:${line}`);
}

describe('flags of dockerd', () => {
  test('in the unit itself', () => {
    expect(findFlagSources(fakeHost({ files: { [UNIT]: debian } }), [UNIT])).toEqual([
      { key: 'hosts', path: UNIT, line: 14 },
      { key: 'containerd', path: UNIT, line: 14 },
    ]);
  });

  test.each<[string, string, readonly string[]]>([
    ['one', 'DOCKER_OPTS="--icc=false"', ['icc 5']],
    [
      'several, in all spellings',
      "DOCKER_OPTS='-D -l debug --insecure-registry=a:5000'",
      ['debug 5', 'log-level 5', 'insecure-registries 5'],
    ],
    ['without quotes', 'DOCKER_OPTS=--icc=false -D', ['icc 5', 'debug 5']],
    ['over two lines', 'DOCKER_OPTS="--icc=false \\\n  --iptables=false"', ['icc 5', 'iptables 6']],
    ['over two lines, without quotes', 'DOCKER_OPTS=-D \\\n --iptables=false', ['debug 5', 'iptables 6']],
    ['quotes within quotes', `DOCKER_OPTS='--label "a=b --icc" -D'`, ['labels 5', 'debug 5']],
    ['quotes that stand for themselves', 'DOCKER_OPTS="--label a=\\"b\\" -D"', ['labels 5', 'debug 5']],
    ['twice: the last one counts', 'DOCKER_OPTS=-D\nDOCKER_OPTS=--icc', ['icc 6']],
    ['an apostrophe in another line', "OTHER=don't\nDOCKER_OPTS='-D'", ['debug 6']],
    ['in a comment', '#DOCKER_OPTS=-D', []],
    ['in another variable', 'OTHER_OPTS=-D', []],
    ['empty', 'DOCKER_OPTS=', []],
    ['a value that is named like a flag', 'DOCKER_OPTS="--log-driver --debug"', ['log-driver 5']],
  ])('in the file of variables that Debian’s unit reads: %s', (_, line, expected) => {
    expect(sources({ [UNIT]: debian, [DEFAULTS]: defaults(line) })).toEqual(expected.map((entry) => entry.replace(' ', ` ${DEFAULTS}:`)));
  });

  test('not in the one that the unit of Docker’s own packages does not read', () => {
    expect(sources({ [UNIT]: docker, [DEFAULTS]: defaults('DOCKER_OPTS=--icc=false') })).toEqual([]);
  });

  test.each<[string, string, readonly string[]]>([
    ['a command of its own', '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --icc=false\n', [`icc ${DROP_IN}:3`]],
    [
      'on several lines, with a comment among them',
      '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// \\\n# why\n  --icc=false \\\n; why not\n  -D\n',
      [`icc ${DROP_IN}:5`, `debug ${DROP_IN}:7`],
    ],
    [
      'variables',
      '[Service]\n# more\nEnvironment="DOCKER_OPTS=--icc=false -D" \'OTHER=--iptables\'\n',
      [`icc ${DROP_IN}:3`, `debug ${DROP_IN}:3`],
    ],
    ['variables taken back', '[Service]\nEnvironment=DOCKER_OPTS=-D\nEnvironment=\n', []],
    ['another file of variables', '[Service]\nEnvironmentFile=/etc/docker-options\n', ['icc /etc/docker-options:1']],
    ['no file of variables', '[Service]\nEnvironmentFile=\nEnvironment=DOCKER_OPTS=--iptables\n', [`iptables ${DROP_IN}:3`]],
    ['a file that is gone', '[Service]\nEnvironmentFile=/nowhere\n', []],
    [
      'part of a word',
      `[Service]\nEnvironment=LEVEL=warn\nExecStart=\nExecStart=dockerd --log-level=\${LEVEL}\n`,
      [`log-level ${DROP_IN}:4`],
    ],
    ['a whole word', `[Service]\nEnvironment=FLAG=--icc=false\nExecStart=\nExecStart=dockerd \${FLAG} $NOTHING\n`, [`icc ${DROP_IN}:2`]],
    ['other commands', '[Service]\nExecStartPre=/bin/x --icc=false\nExecReload=/bin/y -D\n', []],
    ['nothing', '', []],
  ])('in a drop-in: %s', (_, content, expected) => {
    const files = { [UNIT]: debian, [DROP_IN]: content, '/etc/docker-options': 'DOCKER_OPTS="--icc=false"\n' };
    expect(sources(files, [UNIT, DROP_IN])).toEqual(expected);
  });

  test('files of variables overrule variables in the unit', () => {
    const files = { [UNIT]: debian, [DROP_IN]: 'Environment=DOCKER_OPTS=-D\n', [DEFAULTS]: 'DOCKER_OPTS=--icc\n' };
    expect(sources(files, [UNIT, DROP_IN])).toEqual([`icc ${DEFAULTS}:1`]);
  });

  test('nowhere, where the files are closed to us', () => {
    expect(sources({ [UNIT]: { error: 'denied' } })).toEqual([]);
    expect(sources({ [UNIT]: debian, [DEFAULTS]: { error: 'denied' } })).toEqual([]);
  });
});

test('no value is kept, and nothing throws', () => {
  const text = fc.string({ unit: fc.constantFrom('-', '=', ' ', '"', "'", '\\', '\n', '$', '{', '}', 'D', 'a', '--icc', 'DOCKER_OPTS') });
  fc.assert(
    fc.property(text, text, (unit, variables) => {
      const files = { [UNIT]: `${debian}\n${unit}`, [DEFAULTS]: `DOCKER_OPTS="--log-opt splunk-token=s3cret"\n${variables}` };
      expect(JSON.stringify(findFlagSources(fakeHost({ files }), [UNIT]))).not.toContain('s3cret');
    }),
  );
});
