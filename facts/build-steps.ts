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

const INDEX_UPDATE =
  /\b(apt(-get)?\s+([-\w=.:/]+\s+)*update|apk\s+([-\w=]+\s+)*update|(yum|dnf|microdnf)\s+([-\w=]+\s+)*(makecache|check-update)|zypper\s+([-\w=]+\s+)*(refresh|ref))\b/;
const INSTALL =
  /\b(apt(-get)?\s.*\b(install|upgrade|dist-upgrade|full-upgrade|build-dep)|apk\s.*\b(add|upgrade)|(yum|dnf|microdnf)\s.*\b(install|update|upgrade)|zypper\s.*\b(install|in|update|up))\b/s;

const UNVERIFIED: readonly (readonly [string, RegExp])[] = [
  [
    'unauthenticated packages allowed',
    /--allow-unauthenticated|--force-yes|AllowUnauthenticated|--allow-insecure-repositories|trusted=yes/i,
  ],
  ['signature check off', /--no-?gpg-?check(s)?\b|--nogpgcheck|gpgcheck\s*=\s*0|--allow-untrusted/i],
  [
    'TLS check off',
    /--no-check-certificate|\bcurl\b[^|;&]*\s(-\w*k\w*|--insecure)\b|--trusted-host|strict-ssl\s+false|sslverify\s*=?\s*(false|0)/i,
  ],
  ['download piped to a shell', /\b(curl|wget)\b[^;&]*\|\s*(sudo\s+)?(\/\S*\/)?(ba|da|z|a)?sh\b/i],
];

/** One history entry, in the classic builder's spelling (`/bin/sh -c #(nop) ADD …`) or BuildKit's (`ADD … # buildkit`). */
export function parseBuildStep(createdBy: string): BuildStep {
  const text = createdBy.replace(/^\/bin\/sh -c #\(nop\)\s*/, '').trim();
  const [, word, rest] = /^([A-Z]+)\s+(.*)$/s.exec(text) ?? [];
  const known =
    word !== undefined &&
    [
      'ADD',
      'COPY',
      'RUN',
      'ENV',
      'ARG',
      'LABEL',
      'CMD',
      'ENTRYPOINT',
      'USER',
      'WORKDIR',
      'EXPOSE',
      'VOLUME',
      'HEALTHCHECK',
      'SHELL',
      'STOPSIGNAL',
      'ONBUILD',
      'MAINTAINER',
    ].includes(word);
  const instruction = text === '' ? 'IMPORT' : known ? word : 'RUN';
  const body = known ? (rest ?? '') : text;
  const runs = instruction === 'RUN';
  return {
    instruction,
    remote: instruction === 'ADD' && /^(--\S+\s+)*\[?"?(https?|ftp|git):/i.test(body),
    updateOnly: runs && INDEX_UPDATE.test(body) && !INSTALL.test(body),
    secrets: secretNames(instruction, body),
    unverified: runs ? UNVERIFIED.flatMap(([label, pattern]) => (pattern.test(body) ? [label] : [])) : [],
  };
}

/** Assignments: all of an ENV, the declared name of an ARG that has a value, and the build arguments that a RUN records as `|1 NAME=value`. */
function secretNames(instruction: string, body: string): string[] {
  const assignments =
    instruction === 'RUN'
      ? (/^\|\d+ (.*?)(?:\/bin\/sh|\/bin\/bash|$)/s.exec(body)?.[1] ?? '')
      : ['ENV', 'ARG'].includes(instruction)
        ? body
        : '';
  const names = [...assignments.matchAll(/(?:^|\s)([A-Za-z_][\w.]*)=(?!\s|$)/g)].map((match) => match[1] ?? '');
  return [...new Set(names.filter(isSecretName))];
}
