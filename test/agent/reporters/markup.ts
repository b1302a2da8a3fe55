/** Markdown as GitHub reads it. */
import { lexer, type Token, walkTokens } from 'marked';

interface Markdown {
  /** The text of each heading, list item and code span, in order. */
  readonly headings: readonly string[];
  readonly code: readonly string[];
  /** Markup that a report has no use for: HTML, links, images, emphasis of what the host says, quotations, code blocks. */
  readonly acting: readonly string[];
}

export function readMarkdown(text: string): Markdown {
  const tokens: Token[] = [];
  void walkTokens(lexer(text, { gfm: true }), (token) => void tokens.push(token));
  const of = (...types: readonly string[]): Token[] => tokens.filter(({ type }) => types.includes(type));
  const texts = (found: readonly Token[]): string[] => found.map((token) => ('text' in token ? String(token.text) : token.raw));
  return {
    headings: texts(of('heading')),
    code: texts(of('codespan')),
    acting: of('html', 'link', 'image', 'em', 'del', 'blockquote', 'code', 'hr', 'def', 'checkbox').map(
      ({ type, raw }) => `${type}: ${raw.slice(0, 200)}`,
    ),
  };
}
