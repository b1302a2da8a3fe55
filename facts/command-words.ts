/**
 * The words of a command, without those that hold a secret or may. Nobody misses a word that was hidden for no reason as much as one regrets a
 * password that was recorded: what is not plainly harmless is hidden.
 */
import { HIDDEN } from './schema.ts';
import { hasPassword } from './secrets.ts';

/** Names of options whose value is a secret, wherever in the name it stands: `--requirepass`, `-masterauth`, `--apiKey`. */
const SECRET_OPTION = /pass|secret|token|pwd|cred|auth|key|salt|priv(?!ileged)|cookie|dsn|webhook|licen[cs]e/i;
/** Short options that hold a password or a user with one in some program: `-p word`, `-a word` (redis-cli), `-u user:word` (curl). */
const SECRET_SHORT = /^-[pPaAuUkKwWtTsS]$/;
/** A password may stick to its option, as for mysql; long options with one dash stand out by their names. */
const ATTACHED =
  /^-[pPaAuUkKwW](?!(arallel|ath|ersist|id|idfile|latform|lugins?|ort|refix|rint|rocs?|rofile|roxy|roto|ull|ublish|ipe)s?$).+/;
const MAX_PLAIN = 16;

/** The words, of which `before` is what comes before the first, with hidden ones replaced; done twice it changes nothing more. */
export function shownWords(words: readonly string[], before = ''): string[] {
  return words.map((word, index) => (isHarmless(word, words[index - 1] ?? before) ? word : HIDDEN));
}

/** The same, with the words of what it starts as they may be shown. */
export function withShownWords<T extends { readonly Entrypoint: string[]; readonly Cmd: string[] }>(config: T): T {
  return { ...config, Entrypoint: shownWords(config.Entrypoint), Cmd: shownWords(config.Cmd, config.Entrypoint.at(-1)) };
}

function isHarmless(word: string, before: string): boolean {
  if (word === HIDDEN) return true;
  // A script, or several words in one: harmless where each of its words is.
  if (/\s/.test(word.trim()))
    return pieces(word).every((piece, index, all) => isHarmless(piece, index === 0 ? before : (all[index - 1] ?? '')));
  if (asksForSecret(before) && !/^-{1,2}[a-z]/i.test(word)) return false;
  if (hasPassword(word) || ATTACHED.test(word)) return false;
  if (VERSIONED.test(word) && (before === '' || /^[/-]/.test(word))) return true;
  const [, option, value] = /^(--?[A-Za-z][\w.-]*)[=:](.*)$/s.exec(word) ?? [];
  if (option !== undefined && value !== undefined) return !SECRET_OPTION.test(option) && isPlain(value);
  return isPlain(word);
}

/** Scripts put quotes and separators around their words. */
function pieces(script: string): string[] {
  return script.split(/[\s'"`;|&(){}<>]+/).filter((piece) => piece !== '');
}

function asksForSecret(before: string): boolean {
  if (SECRET_SHORT.test(before)) return true;
  return !before.includes('=') && !before.startsWith('/') && SECRET_OPTION.test(before);
}

/** Programs have their version in their name, and Java its sizes in one word with the option. */
const VERSIONED = /^(\/[\w.-]+)*\/?[a-z][a-z_-]{2,}\d{1,2}$|^-X(m[nsx]|ss)\d+[kmg]?$/i;

/** Neither `KEY=value` nor JSON nor anything that looks made by chance. */
function isPlain(word: string): boolean {
  if (/[={}[\]]/.test(word)) return false;
  return word.split(/[/.:,@_-]+/).every((part) => !looksRandom(part));
}

/** Letters and digits mixed, case as no word has it, or longer than words are. */
function looksRandom(part: string): boolean {
  if (part.length > MAX_PLAIN || (part.match(/[a-z](?=[A-Z])/g)?.length ?? 0) > 2) return true;
  const changes = part.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0;
  return changes > 1 || (changes === 1 && part.length >= 7) || /[^\w.+%~$*?!\\^#-]/.test(part);
}
