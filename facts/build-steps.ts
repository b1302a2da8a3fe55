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

const INDEX_UPDATE =
  /\b(apt(-get)?\s+([^\s;&|]+\s+)*update|apk\s+([^\s;&|]+\s+)*update|(yum|dnf|microdnf)\s+([^\s;&|]+\s+)*(makecache|check-update)|zypper\s+([^\s;&|]+\s+)*(refresh|ref))(?![-\w])/;
const INSTALL =
  /\b(apt(-get)?\s.*\b(install|upgrade|dist-upgrade|full-upgrade|build-dep)|apk\s.*\b(add|upgrade)|(yum|dnf|microdnf)\s.*\b(install|update|upgrade)|zypper\s.*\b(install|in|update|up))\b/s;

const UNVERIFIED: readonly (readonly [string, RegExp])[] = [
  [
    'unauthenticated packages allowed',
    /--allow-unauthenticated|--force-yes|AllowUnauthenticated|--allow-insecure-repositories|trusted=yes/i,
  ],
  ['signature check off', /--no-?gpg-?checks?\b|(?<!repo_)gpgcheck\s*=\s*0|--allow-untrusted/i],
  [
    'TLS check off',
    /--no-check-certificate|--trusted-host|strict-ssl[\s=]+false|ssl_?[vV]erify\s*=?\s*(false|0)\b|\bcurl\b(?:(?!&&)[^|;\n])*\s(-[a-np-zA-NP-Z]*k[a-zA-Z]*|--insecure)(?=\s|$)/,
  ],
  [
    'download piped to a shell',
    /\b(curl|wget)\b(?:(?!&&)[^;\n])*\|\s*(sudo\s+(-\S+\s+)*)?(env\s+)?(\w+=\S*\s+)*(\/\S*\/)?((ba|da|z|a|k)?sh\b|python3?\s+-(\s|$))|\b(ba|da|z|a|k)?sh\s+(-c\s+["']?\$\(|<\()\s*(curl|wget)\b/,
  ],
];

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
    updateOnly: runs && INDEX_UPDATE.test(body) && !INSTALL.test(body),
    secrets: secretNames(instruction, body),
    unverified: runs ? UNVERIFIED.flatMap(([label, pattern]) => (pattern.test(body) ? [label] : [])) : [],
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
