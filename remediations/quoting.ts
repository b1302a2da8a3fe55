/** Text from the host put into what a person pastes: into a shell, into a comment there, into YAML. None of it may act as anything but text. */

/** Words that no shell reads as more than themselves. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
// Control and format characters, line and paragraph separators, lone surrogates.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One word of a shell's command line. What cannot be in one, the zero byte, is left out. */
export function shell(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;
}

/** A command line. */
export function commandLine(...words: readonly string[]): string {
  return words.map(shell).join(' ');
}

/** Operands, kept from being read as options. */
export function operands(...words: readonly string[]): string[] {
  return words.some((word) => word.startsWith('-')) ? ['--', ...words] : [...words];
}

/** Whether a text can be read and pasted as it is shown. */
export function isSeen(text: string): boolean {
  return text.search(UNSEEN) === -1;
}

/** A piece of a comment that is quoted already: a command, a list of names. */
export interface Quoted {
  readonly quoted: string;
}

/**
 * A comment of one line. What is put in is quoted as if it were none: some shells take `#` for a command where a person types, and read on. The
 * words around it must hold nothing that a shell would act on.
 */
export function comment(words: TemplateStringsArray, ...values: readonly (string | Quoted)[]): string {
  const parts = values.map((value, index) => `${typeof value === 'string' ? shell(value) : value.quoted}${words[index + 1] ?? ''}`);
  return `# ${words[0] ?? ''}${parts.join('')}`.replace(UNSEEN, escaped);
}

/** A comment from words that are partly the host's, `NAME` in them the container's: what a shell would act on is spelled out. */
export function adviceComment(advice: string, name: string): string {
  const plain = advice.replaceAll(';', ',').replace(/[$`&|<>()'"\\]/g, escaped);
  return comment`${{ quoted: plain.replace(/\bNAME\b/g, () => shell(name)) }}`;
}

export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Lines of YAML for `key: value`. Compose reads `$` in values as a variable unless it is doubled. */
export function yamlEntry(key: string, value: Yaml, indent = ''): string[] {
  if (isList(value)) return [`${indent}${key}:`, ...value.map((item) => `${indent}  - ${yamlFlow(item)}`)];
  if (typeof value !== 'object') return [`${indent}${key}: ${yamlFlow(value)}`];
  return [`${indent}${key}:`, ...Object.entries(value).flatMap(([name, inner]) => yamlEntry(yamlText(name), inner, `${indent}  `))];
}

/** A text between double quotes, which a shell that is given it by mistake takes for text, too. */
export function yamlText(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, escaped).replace(/[$`]/g, escaped);
}

function yamlFlow(value: Yaml): string {
  if (typeof value === 'string') return yamlText(value.replaceAll('$', '$$$$'));
  if (isList(value)) return `[${value.map(yamlFlow).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${yamlText(key)}: ${yamlFlow(inner)}`)
    .join(', ')} }`;
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

/** As JSON and YAML write a character: `\u000a`, or `\U000e0001` beyond their four digits. */
function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
