/** Text from the host made safe to show: names and labels may hold escape sequences, line breaks or marks that reorder a line. */

// Control and format characters (bidirectional and zero-width marks among them), line and paragraph separators, lone surrogates.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const UNSAFE_IN_LINES = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--\n]/gv;
// What is not in blocks without any of these. Next to no text has such characters, and to compile the exact ones takes 5 ms.
const DOUBTFUL = /[^\n -~\xa0-\xac\xae-\u05ff\u2000-\u200a\u2010-\u2027\u2070-\ud7ff]/;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\x1b', '\0': '\\0' };

/** One line in which everything that could act on a terminal stands as an escape sequence to read. */
export function printable(text: string): string {
  if (!DOUBTFUL.test(text) && !text.includes('\n')) return text;
  return text.replace(UNSAFE, (character) => SHORT[character] ?? escaped(character));
}

/** JSON whose strings keep their value, with nothing in its text that could act on a terminal. */
export function printableJson(value: unknown, indent = 2): string {
  return escapeLines(JSON.stringify(value, null, indent), escaped);
}

/**
 * JSON for readers that show its strings or are strict about their characters: in each string, what `printable` makes of it. Works on the text, since
 * to look at each value takes several times as long.
 */
export function harmlessJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent).replace(JSON_ESCAPE, (found) =>
    found === '\\"' || found === '\\\\' ? found : `\\${JSON_SHORT[found] ?? found}`,
  );
  return escapeLines(text, (character) => escaped(character).replaceAll('\\', '\\\\'));
}

function escapeLines(json: string, escapeOne: (character: string) => string): string {
  return DOUBTFUL.test(json) ? json.replace(UNSAFE_IN_LINES, escapeOne) : json;
}

const JSON_ESCAPE = /\\(?:u[0-9a-f]{4}|.)/g;
const JSON_SHORT: Readonly<Record<string, string>> = { '\\u001b': '\\x1b', '\\u0000': '\\0', '\\b': '\\u0008', '\\f': '\\u000c' };

/** UTF-16 code units as JSON and JavaScript write them. */
function escaped(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
