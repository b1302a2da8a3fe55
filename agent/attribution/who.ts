/** An act as it is told of. Pure. */
import { type Accounts, userName } from '../../facts/accounts.ts';
import { shownWords } from '../../facts/command-words.ts';
import type { Who } from '../drift.ts';
import type { Account, Act } from './acts.ts';

/** Enough to know a command by. */
const MOST_LETTERS = 300;

export function whoOf(act: Act, status: 'known' | 'inferred', accounts: Accounts | undefined): Who {
  const name = ({ uid, name: written }: Account): string => {
    const known = userName(accounts, uid);
    return known === String(uid) ? (written ?? known) : known;
  };
  const command = commandOf(act);
  return {
    status,
    login: act.login === null ? null : name(act.login),
    user: name(act.user),
    pid: act.pid,
    executable: act.executable,
    command: command.length > MOST_LETTERS ? `${command.slice(0, MOST_LETTERS)}…` : command,
    terminal: act.terminal,
    directory: act.directory,
    at: act.at,
  };
}

/** Options that take a password somewhere, and never here: ports, users, directories, the permissions of a rule. */
const HARMLESS: readonly { readonly program: RegExp; readonly options: RegExp }[] = [
  { program: /\/(auditctl|augenrules)$/, options: /^-[wWpkaAS]$/ },
  { program: /\/docker$/, options: /^-[puwta]$/ },
];

function commandOf({ executable, words }: Act): string {
  const [program = '', ...others] = words;
  // The one command of docker's that takes a password.
  const known = others.includes('login') ? undefined : HARMLESS.find(({ program: pattern }) => pattern.test(executable));
  const shown = others.map((word, index) => {
    const before = others[index - 1] ?? '';
    return shownWords([word], known?.options.test(before) ? '' : before).join('');
  });
  return [program, ...shown].join(' ');
}
