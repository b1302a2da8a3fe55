/** hullguard(1), from the definitions of the commands. */
import { commandTree, type Flag, type Node } from '../agent/completion.ts';
import { AUDIT_EXITS } from '../agent/help.ts';
import { capital } from '../agent/reporters/layout.ts';
import { program } from './commands.ts';
import { epoch, version } from './project.ts';

/** In roff. */
export function manual(): string {
  const [top, ...commands] = commandTree(program);
  if (top === undefined) throw new Error('there are no commands');
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  return [
    `.TH HULLGUARD 1 "${date}" "hullguard ${version}" "User Commands"`,
    '.SH NAME',
    'hullguard \\- audit and harden a Docker host',
    '.SH SYNOPSIS',
    '.B hullguard\n.I command\n.RI [ option ...]',
    '.SH DESCRIPTION',
    text(top.description),
    '.SH OPTIONS',
    ...top.flags.map(option),
    '.SH COMMANDS',
    ...commands.map((node) => section(node, usageOf(node))),
    '.SH EXIT STATUS',
    'Of an audit; each command tells its own with \\fB\\-\\-help\\fP.',
    ...Object.entries(AUDIT_EXITS).map(([code, meaning]) => `.TP\n.B ${code}\n${text(sentence(meaning))}`),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.map(([name, meaning]) => `.TP\n.B ${text(name)}\n${text(meaning)}`),
    '.SH FILES',
    ...FILES.map(([file, meaning]) => `.TP\n.I ${text(file)}\n${text(meaning)}`),
    '.SH SEE ALSO',
    '.BR systemctl (1),\n.BR journalctl (1),\n.BR auditctl (8),\n.BR dockerd (8)',
    '',
  ].join('\n');
}

const ENVIRONMENT = [
  ['DOCKER_HOST', 'The engine to look at, where --docker-host names none.'],
  ['DOCKER_TLS_VERIFY, DOCKER_CERT_PATH', 'For an engine over TCP: TLS, and the directory of its certificates (~/.docker).'],
  ['HULLGUARD_CONFIG', 'The configuration, where --config names none.'],
  ['NO_COLOR', 'Anything: no colours.'],
] as const;

const FILES = [
  ['/etc/hullguard/config.yaml, /etc/hullguard/conf.d', 'Configuration; every key is optional.'],
  ['/etc/hullguard/waivers.yaml', 'Waivers and attestations.'],
  ['/var/lib/hullguard', 'History of the agent, journals of what was applied.'],
  ['/var/log/hullguard/audit.json', 'Report of hullguard-audit.service.'],
] as const;

function usageOf({ path }: Node): string {
  const command = path.split(' ').reduce((at: typeof program, name) => at.commands.find((each) => each.name() === name) ?? at, program);
  return command.registeredArguments
    .map((each) => ` ${each.required ? '<' : '['}${each.name()}${each.variadic ? '...' : ''}${each.required ? '>' : ']'}`)
    .join('');
}

function section({ path, description, flags }: Node, usage: string): string {
  return [
    `.SS "${text(path + usage)}"`,
    text(sentence(description)),
    ...flags.filter(({ names }) => !names.includes('-h')).map(option),
  ].join('\n');
}

function option({ names, description, value }: Flag): string {
  const takes = value === null ? '' : typeof value === 'object' ? ` ${value.words.join('|')}` : ` ${value === 'other' ? 'value' : value}`;
  return `.TP\n.B ${text(names.join(', ') + takes)}\n${text(sentence(description))}`;
}

/** What begins with a name, such as `level-1, level-2`, is left as it is typed. */
function sentence(line: string): string {
  const begins = /^[a-z]+( |$)/.test(line) ? capital(line) : line;
  return `${begins}${line.endsWith('.') ? '' : '.'}`;
}

/** roff(7): a dash is a minus sign only when escaped; a dot or quote that begins a line is a request. */
function text(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll('→', '\\(->')
    .replace(/^([.'])/, '\\&$1');
}
