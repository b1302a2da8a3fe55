/** What reads texts that others wrote. */
import { actOf } from '../agent/attribution/acts.ts';
import { parseRecords } from '../agent/attribution/records.ts';
import { configSchema } from '../agent/config.ts';
import { HistoryError, UsageError } from '../agent/errors.ts';
import { factsFileSchema } from '../agent/facts-file.ts';
import { parseAddress } from '../agent/host/address.ts';
import { parseLog } from '../agent/import/log.ts';
import { parseJson } from '../agent/input.ts';
import { printable } from '../agent/reporters/printable.ts';
import { entryOf } from '../agent/state/history/records.ts';
import { parseEvent } from '../agent/triggers/engine-events.ts';
import { fitTo, mergeYaml } from '../agent/yaml.ts';
import { parseGroup, parsePasswd } from '../facts/accounts.ts';
import { coverage, parseStatus as parseAuditStatus, parseRules } from '../facts/audit.ts';
import { parseBuildStep, parseHistory } from '../facts/build-steps.ts';
import { parseContentTrust } from '../facts/client.ts';
import { parseClientConfig, parseContext } from '../facts/client-config.ts';
import { parseVariables } from '../facts/client-variables.ts';
import { shownWords } from '../facts/command-words.ts';
import { parseFlags } from '../facts/dockerd-options.ts';
import { parseAccessLists } from '../facts/files.ts';
import { findFlagSources } from '../facts/flag-sources.ts';
import { HostError } from '../facts/host.ts';
import { locate, parseObject } from '../facts/json.ts';
import { parseMountInfo } from '../facts/mounts.ts';
import { parseStatus as parsePackages } from '../facts/packages.ts';
import { parseBootTime, parseContainerId, parseStat, parseStatusNumbers, parseUnit } from '../facts/processes.ts';
import { hasPassword, isSecretName } from '../facts/secrets.ts';
import { parseSockets } from '../facts/swarm.ts';
import { parseOsRelease } from '../facts/system.ts';
import { parseShow, parseSocket } from '../facts/units.ts';
import { fakeHost } from './fake-host.ts';

export interface Parser {
  readonly read: (text: string) => unknown;
  /** What its texts are made of. */
  readonly words: readonly string[];
  /** Only root writes it: mistakes have to be told, in whatever time. */
  readonly byRoot?: true;
  /** The error it is documented to throw. */
  readonly refusal?: typeof UsageError | typeof HostError | typeof HistoryError;
}

const RECORD = 'type=SYSCALL msg=audit(1795267332.397:72): ';
const cgroup = `0::/system.slice/docker-${'a'.repeat(64)}.scope`;

export const parsers: Readonly<Record<string, Parser>> = {
  'audit rules': {
    read: (text) => coverage(parseRules(text.split('\n')), '/etc/docker'),
    words: [
      '-w',
      '-a',
      '-A',
      '-D',
      '-F',
      '-S',
      '-C',
      '-p',
      'never,exit',
      'always,exit',
      'path=/etc/docker',
      'dir=/',
      'perm=wa',
      '-k',
      '#',
      '/../',
    ],
  },
  'the state of the audit system': {
    read: parseAuditStatus,
    words: ['enabled', 'enabled 1', 'enabled=2', 'pid', 'pid 7'],
    refusal: HostError,
  },
  'records of the audit log': {
    read: (text) => parseRecords(text).map(actOf),
    words: [
      RECORD,
      'type=EXECVE msg=audit(1795267332.397:72): ',
      "msg='",
      "'",
      'a0=',
      'name=',
      '"',
      '2F65',
      '(null)',
      'SYSCALL=openat',
      'key="',
      '{',
      '}',
      '\x1d',
      'proctitle=',
      'node=x ',
      'argc=9',
    ],
  },
  '/proc/PID/stat': { read: parseStat, words: ['1 (', ')', 'sh', 'S', '1', '-'] },
  '/proc/PID/status': {
    read: (text) => [parseStatusNumbers(text, 'Uid'), parseStatusNumbers(text, 'NSpid')],
    words: ['Uid:', 'NSpid:', '\t0', '1000', 'x'],
  },
  '/proc/PID/cgroup': {
    read: (text) => [parseContainerId(text), parseUnit(text)],
    words: [cgroup, '0::/', 'a', '/user@1000.service', '.service', 'f'.repeat(63)],
  },
  '/proc/stat': { read: parseBootTime, words: ['btime', 'btime 1', 'cpu 1'] },
  '/proc/PID/mountinfo': { read: parseMountInfo, words: ['36 28 8:2', '/', '-', '\\040', '\\777', 'ext4'] },
  '/proc/net/tcp': { read: (text) => parseSockets(text, 'tcp'), words: ['0:', '0100007F:1F90', '00000000:0000', '0A', 'FFFF'] },
  'the command line of dockerd': {
    read: (text) => parseFlags(text.split(' ')),
    words: ['--icc', '=', 'false', '-H', '--log-opt', '--', '-D', 'D', 'a=b', ' --insecure-registry=a', ' --label a=b'],
  },
  'the command line of a container': {
    read: (text) => shownWords(text.split(' ')),
    words: ['--password', '-p', '=', 'sh', '-c', 'A=b', '://', '@', 'user:pw@', '"', "'"],
  },
  'steps of a build': {
    read: (text) => [parseBuildStep(text), parseHistory(text.split('\n'))],
    words: [
      'RUN',
      '/bin/sh -c',
      '|1',
      'a=b',
      'apt-get',
      'update',
      '&&',
      'curl',
      '| sh',
      '#(nop)',
      'ENV',
      'TOKEN=',
      '"',
      "'",
      '\\',
      '--mount=type=secret',
      '# buildkit',
      'https://',
    ],
  },
  'daemon.json': {
    read: (text) => [parseObject(text), locate(text, ['a', 0])],
    words: ['{', '}', '[', ']', '"a"', ':', ',', '1', 'null', '"', '\\u', '//', '/*'],
  },
  'events of the engine': {
    read: parseEvent,
    words: ['{', '}', '"Type"', '"container"', '"Actor"', '"ID"', '"Attributes"', ':', ',', '"', '1'],
  },
  'a configuration': {
    read: (text) => fitTo(mergeYaml(['FILE', 'OTHER'].map((path) => ({ path, text }))), configSchema),
    words: [
      'failOn:',
      'high',
      'skip:',
      'agent:',
      'policy:',
      '\n  ',
      '- ',
      '*a',
      '&a',
      '[',
      ']',
      '{',
      '}',
      '? ',
      '!!binary',
      '!override',
      '|',
      '>',
      '---',
      '"',
      "'",
      '<<:',
      '#',
      '\t',
    ],
    byRoot: true,
    refusal: UsageError,
  },
  'recorded facts': {
    read: (text) => parseJson('FILE', text, factsFileSchema),
    words: ['{', '}', '"schemaVersion"', '"facts"', '"__proto__"', ':', ',', '1', '[', ']', '"', 'null'],
    refusal: UsageError,
  },
  'rows of the history': {
    read: (text) => entryOf({ seq: 1, at: 1, kind: 'note', body: text }),
    words: ['{', '}', '"about"', '"text"', '"data"', '"__proto__"', ':', ',', '"x"', '1', '[', ']', '"', 'null'],
    refusal: HistoryError,
  },
  'a log of docker-bench-security': {
    read: (text) => parseLog('FILE', text),
    words: ['[WARN]', '5.10', '-', '*', '{', '"tests"', ':', '[', ']', '\u001b[1;31m', 'Container', '"'],
    refusal: UsageError,
  },
  'the address of an engine': { read: parseAddress, words: ['unix://', 'tcp://', '/', ':', '2376', '@', '[', ']', 'host', '%'] },
  'passwd and group': { read: (text) => [parsePasswd(text), parseGroup(text)], words: ['root', ':', 'x', '0', ',', '/root'] },
  'access lists': { read: parseAccessLists, words: ['# file: ', 'user:bob:rw-', '#effective:r--', '/etc', '\\040', '\t'] },
  'units of systemd': {
    read: (text) => [parseShow(text), parseSocket(text)],
    words: ['Id=', '[Socket]', 'ListenStream=', 'SocketMode=', '0660', '%t', '\\'],
  },
  'the service of dockerd': {
    read: (text) => findFlagSources(fakeHost({ files: { '/unit': text, '/variables': text } }), ['/unit']),
    words: ['ExecStart=', 'Environment=', 'EnvironmentFile=/variables\n', 'A=', '$A', '$', '{A}', '--icc', '"', "'", '\\', '\\\n', '#'],
    byRoot: true,
  },
  'packages of dpkg': {
    read: parsePackages,
    words: ['Package: runc\n', 'Status: install ok installed\n', 'Version: 1', '\n\n', ':'],
    byRoot: true,
  },
  'os-release': { read: parseOsRelease, words: ['PRETTY_NAME=', '"', "'", '\\', 'Debian'] },
  'shell profiles': { read: parseContentTrust, words: ['export', 'DOCKER_CONTENT_TRUST', '=', '1', '"', ';', '#'] },
  'the configuration of a client': {
    read: parseClientConfig,
    words: ['{', '}', '"auths"', '"https://user:pw@registry.test:5000/v1/"', '"auth"', ':', ',', '"x"', '"', '[', ']', '1', 'null'],
  },
  'a context of a client': {
    read: parseContext,
    words: ['{', '}', '"Name"', '"Endpoints"', '"docker"', '"Host"', '"SkipTLSVerify"', '"ssh://user@host:22/x"', ':', ',', '"', 'true'],
  },
  'variables of a client': {
    read: (text) => parseVariables('/etc/profile', text),
    words: ['export', 'DOCKER_HOST=', 'DOCKER_TLS_VERIFY=', 'tcp://user:pw@host:2375', '"', "'", ';', '#'],
  },
  'names and addresses': {
    read: (text) => [isSecretName(text), hasPassword(text)],
    words: ['API', '_', 'Key', '://', ':', '@', 'password', '/'],
  },
  'text to show': { read: printable, words: ['\u001b[2J', '\u202e', '\u2028', '\ud800', 'a', '\t'] },
};
