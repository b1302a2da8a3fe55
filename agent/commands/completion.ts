/** Completion for shells: static scripts, so that a key press starts no program. */
import { checks } from '../../checks/index.ts';
import { shell } from '../../remediations/quoting.ts';
import type { Shell } from '../choices.ts';
import type { Command } from '../cli.ts';
import { commandTree, type Flag, type Node, type Value } from '../completion.ts';

export function printCompletion(name: Shell, program: Command): string {
  return { bash, zsh, fish }[name](commandTree(program));
}

const IDS = checks.map(({ id }) => id);

/** Words that lead from one command to another: `'' audit`, `history verify`. */
function steps(nodes: readonly Node[]): string {
  return nodes.flatMap(({ path, commands }) => commands.map(({ name }) => shell(`${path} ${name}`))).join(' | ');
}

/** Patterns of `COMMAND OPTION`, for each kind of value that options take. */
function values(nodes: readonly Node[], complete: (value: Value) => string): string[] {
  const places = nodes.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, value }) =>
      value === null ? [] : names.map((name) => ({ pattern: shell(`${path} ${name}`), does: complete(value) })),
    ),
  );
  return [...Map.groupBy(places, ({ does }) => does)].map(
    ([does, all]) => `    ${all.map(({ pattern }) => pattern).join(' | ')}) ${does} ;;`,
  );
}

function bash(nodes: readonly Node[]): string {
  const complete = (value: Value): string => {
    if (value === 'file') return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return';
    if (value === 'directory') return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return';
    if (value === 'other') return 'return';
    return `mapfile -t COMPREPLY < <(compgen -W ${value === 'check' ? '"$checks"' : shell(value.words.join(' '))} -- "$cur"); return`;
  };
  const each = nodes.map(({ path, commands, flags, argument }) => {
    const options = shell(flags.flatMap(({ names }) => names).join(' '));
    const words = commands.map(({ name }) => name).join(' ');
    const place = words === '' && argument !== null ? complete(argument) : `mapfile -t COMPREPLY < <(compgen -W ${shell(words)} -- "$cur")`;
    return `    ${shell(path)}) if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W ${options} -- "$cur"); else ${place}; fi ;;`;
  });
  return `# bash completion for hullguard
_hullguard() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' i
  local checks=${shell(IDS.join(' '))}
  COMPREPLY=()
  # --option=value comes in three words
  [[ $cur == '=' ]] && cur=''
  [[ $prev == '=' ]] && prev=\${COMP_WORDS[COMP_CWORD - 2]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${steps(nodes)}) command=\${command:+$command }\${COMP_WORDS[i]} ;;
    esac
  done
  case "$command $prev" in
${values(nodes, complete).join('\n')}
  esac
  case $command in
${each.join('\n')}
  esac
}
complete -F _hullguard hullguard
`;
}

/** In the lists of zsh a colon ends the name. */
function zshList(entries: readonly { readonly name: string; readonly description: string }[]): string {
  return entries.map(({ name, description }) => shell(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`)).join(' ');
}

function zsh(nodes: readonly Node[]): string {
  const complete = (value: Value): string => {
    if (value === 'file') return '_files; return';
    if (value === 'directory') return '_files -/; return';
    if (value === 'other') return '_message value; return';
    return `compadd -- ${value === 'check' ? '$checks' : value.words.map(shell).join(' ')}; return`;
  };
  const each = nodes.map(({ path, commands, flags, argument }) => {
    const options = zshList(flags.flatMap(({ names, description }) => names.map((name) => ({ name, description }))));
    const place = commands.length === 0 && argument !== null ? complete(argument) : `found=(${zshList(commands)})`;
    return `    ${shell(path)}) if [[ $PREFIX == -* ]]; then found=(${options}); else ${place}; fi ;;`;
  });
  return `#compdef hullguard
_hullguard() {
  local command='' i
  local -a found checks=(${IDS.join(' ')})
  for ((i = 2; i < CURRENT; i++)); do
    case "$command \${words[i]}" in
      ${steps(nodes)}) command=\${command:+$command }\${words[i]} ;;
    esac
  done
  case "$command \${words[CURRENT - 1]}" in
${values(nodes, complete).join('\n')}
  esac
  case $command in
${each.join('\n')}
  esac
  _describe hullguard found
}
if [ "$funcstack[1]" = _hullguard ]; then _hullguard "$@"; else compdef _hullguard hullguard; fi
`;
}

function fish(nodes: readonly Node[]): string {
  const complete = (value: Value | null): string => {
    if (value === null) return '';
    if (value === 'file') return ' -r -F';
    if (value === 'directory') return " -x -a '(__fish_complete_directories)'";
    if (value === 'other') return ' -x';
    return ` -x -a ${value === 'check' ? '"$__hullguard_checks"' : shell(value.words.join(' '))}`;
  };
  const flag = ({ names, description, value }: Flag): string =>
    `${names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)).join('')}${complete(value)} -d ${fishQuote(description)}`;
  const each = nodes.flatMap(({ path, commands, flags, argument }) => {
    const start = `complete -c hullguard -n '__hullguard_at "${path}"'`;
    return [
      ...commands.map(({ name, description }) => `${start} -a ${name} -d ${fishQuote(description)}`),
      ...flags.map((one) => start + flag(one)),
      ...(argument === null ? [] : [start + complete(argument).replace(' -r', '')]),
    ];
  });
  return `# fish completion for hullguard
set -g __hullguard_checks ${IDS.join(' ')}
function __hullguard_at
    set -l command ''
    for word in (commandline -opc)[2..]
        switch "$command $word"
            case ${steps(nodes).replaceAll(' | ', ' ')}
                set command (string trim -- "$command $word")
        end
    end
    test "$command" = "$argv[1]"
end
complete -c hullguard -f
${each.join('\n')}
`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
