/** What matters of an image's build history. Steps may hold secrets in their text, so only names and verdict-deciding traits are kept. */
import * as z from './schema.ts';
import { isSecretName } from './secrets.ts';

export const buildStep = z.object({
  /** `RUN`, `COPY`, `ADD`, `ENV` …; `IMPORT` for a layer of unknown making. */
  instruction: z.string(),
  /** An `ADD` from the network. */
  remote: z.boolean(),
  /** The step refreshes the package index and installs nothing. */
  updateOnly: z.boolean(),
  /** Names of build arguments and variables that look like secrets. */
  secrets: z.array(z.string()),
  /** Ways in which it turned verification of downloads or packages off. */
  unverified: z.array(z.string()),
});

export type BuildStep = z.infer<typeof buildStep>;

const INSTRUCTIONS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(' '),
);

/** A command's pipelines, each of its simple commands, each of its words. Histories come with strangers' images: this must stay linear. */
function pipelines(command: string): string[][][] {
  return command.split(/&&|\|\||[;\n]/).map((pipeline) => pipeline.split('|').map((simple) => simple.split(/[\s"'`()]+/).filter(Boolean)));
}

/** Verbs that only refresh the package index, and those that install from it. */
interface Manager {
  readonly refresh: readonly string[];
  readonly install: readonly string[];
}

const APT: Manager = { refresh: ['update'], install: ['upgrade', 'dist-upgrade', 'full-upgrade', 'build-dep'] };
const YUM: Manager = { refresh: ['makecache', 'check-update'], install: ['update', 'upgrade'] };
const MANAGERS: ReadonlyMap<string, Manager> = new Map([
  ['apt', APT],
  ['apt-get', APT],
  ['apk', { refresh: ['update'], install: ['add', 'upgrade'] }],
  ['yum', YUM],
  ['dnf', YUM],
  ['microdnf', YUM],
  ['zypper', { refresh: ['refresh', 'ref'], install: ['in', 'update', 'up'] }],
]);

function refreshesOnly(command: string): boolean {
  if (command.includes('install')) return false; // by whatever means, a script of that name included
  const uses = pipelines(command)
    .flat()
    .flatMap((words) => {
      const at = words.findIndex((word) => MANAGERS.has(word));
      const manager = MANAGERS.get(words[at] ?? '');
      return manager === undefined ? [] : [{ manager, words: words.slice(at + 1) }];
    });
  const some = (verbs: keyof Manager): boolean => uses.some(({ manager, words }) => words.some((word) => manager[verbs].includes(word)));
  return some('refresh') && !some('install');
}

const UNVERIFIED: readonly (readonly [string, (command: string) => boolean])[] = [
  [
    'unauthenticated packages allowed',
    (command) => /--allow-unauthenticated|--force-yes|AllowUnauthenticated|--allow-insecure-repositories|trusted=yes/i.test(command),
  ],
  ['signature check off', (command) => /--no-?gpg-?checks?\b|(?<!repo_)gpgcheck\s*=\s*0|--allow-untrusted/i.test(command)],
  [
    'TLS check off',
    (command) =>
      /--no-check-certificate|--trusted-host|strict-ssl[\s=]+false|ssl_?verify[\s=]*(false|0)\b/i.test(command) ||
      pipelines(command).flat().some(isInsecureCurl),
  ],
  [
    'download piped to a shell',
    (command) => /\b(ba|da|z|a|k)?sh\s+(-c\s+["']?\$\(|<\()\s*(curl|wget)\b/.test(command) || pipelines(command).some(runsDownload),
  ],
];

/** `-k`, alone or among other letters; what follows an `o` is a file's name. */
function isInsecureCurl(words: readonly string[]): boolean {
  const curl = words.indexOf('curl');
  return curl >= 0 && words.slice(curl + 1).some((word) => /^(-[a-np-zA-NP-Z]*k[a-zA-Z]*|--insecure)$/.test(word));
}

function runsDownload(pipeline: readonly (readonly string[])[]): boolean {
  const download = pipeline.findIndex((words) => words.includes('curl') || words.includes('wget'));
  return download >= 0 && pipeline.slice(download + 1).some(readsProgram);
}

/** `sudo -E bash -`, `VERSION=1 sh`, `python3 -`: it runs what it reads. */
function readsProgram(words: readonly string[]): boolean {
  const program = words.find((word) => !/^(sudo|env|-.*|\w+=.*)$/s.test(word)) ?? '';
  return /^(.*\/)?(ba|da|z|a|k)?sh$/s.test(program) || (/^python3?$/.test(program) && words.includes('-'));
}

/** One history entry, in the classic builder's spelling (`/bin/sh -c #(nop) ADD …`) or BuildKit's (`ADD … # buildkit`). */
export function parseBuildStep(createdBy: string): BuildStep {
  const text = createdBy.replace(/^.*?#\(nop\)\s*/s, '').trim();
  const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/s.exec(text) ?? [];
  const known = INSTRUCTIONS.has(word);
  const instruction = text === '' ? 'IMPORT' : known ? word : 'RUN';
  const body = known ? rest : text;
  const runs = instruction === 'RUN';
  return {
    instruction,
    remote: instruction === 'ADD' && /^(--\S+\s+)*\[?"?(https?:|ftp:|git:|git@)/i.test(body),
    updateOnly: runs && refreshesOnly(body),
    secrets: secretNames(instruction, body),
    unverified: runs ? UNVERIFIED.flatMap(([label, shows]) => (shows(body) ? [label] : [])) : [],
  };
}

/**
 * The steps of an image, oldest first. The file system of a base image comes as the first step that writes files, often an ADD: no
 * builder could have copied it from elsewhere, so it counts as imported.
 */
export function parseHistory(history: readonly string[]): BuildStep[] {
  const steps = history.map(parseBuildStep);
  const first = steps.find(({ instruction }) => ['ADD', 'COPY', 'RUN', 'IMPORT'].includes(instruction));
  if (first?.instruction === 'ADD' && !first.remote) first.instruction = 'IMPORT';
  return steps;
}

const ASSIGNMENT = /(?:^|\s)([A-Za-z_][\w.-]*)=(?!\s|$)/g;
/** In a command what is read at build time (`TOKEN=$(cat /run/secrets/token)`) stays out of the image; a literal does not. */
const LITERAL = /(?:^|[\s;&|(])(?:--)?([A-Za-z_][\w.-]*)=["']?(?![\s"'$`]|$)/g;

/** Names that an ENV or ARG gives a value, that a RUN records as build arguments (`|1 NAME=value /bin/sh -c …`), or that it sets itself. */
function secretNames(instruction: string, body: string): string[] {
  const [, args = '', command = ''] = /^(?:\|\d+ (.*?)(?= \/|$))?(.*)$/s.exec(body) ?? [];
  const found = instruction === 'RUN' ? [...args.matchAll(ASSIGNMENT), ...command.matchAll(LITERAL)] : [...body.matchAll(ASSIGNMENT)];
  const names = ['RUN', 'ENV', 'ARG'].includes(instruction) ? found.map(([, name = '']) => name) : [];
  return [...new Set(names.filter(isSecretName))];
}
