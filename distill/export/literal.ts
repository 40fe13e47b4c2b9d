import { UnderstudyError } from '../../env/error.ts';

/** How a language writes a string between double quotes. */
export interface Quoting {
  /** Characters that have an escape of their own: what stands after the backslash. */
  readonly escapes: Readonly<Record<string, string>>;
  /** Any other control character, or one beyond ASCII where the language wants it escaped. */
  readonly codePoint: (code: number) => string;
  /** Whether there is no escape for other characters, so that a text with a hidden one cannot be written. */
  readonly none?: boolean;
  /** Whether a reader of the file may take its bytes for another encoding than UTF-8. */
  readonly asciiOnly?: boolean;
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const usual = { '"': '"', '\\': '\\', '\n': 'n', '\r': 'r', '\t': 't' };

export const python: Quoting = {
  escapes: usual,
  codePoint: (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`),
};
export const javascript: Quoting = { escapes: usual, codePoint: (code) => `\\u{${hex(code, 1)}}` };
export const r: Quoting = { escapes: usual, codePoint: (code) => `\\U{${hex(code, 1)}}`, asciiOnly: true };

export const julia: Quoting = { escapes: { ...usual, $: '$' }, codePoint: python.codePoint };
export const netlogo: Quoting = {
  escapes: { '"': '"', '\\': '\\', '\n': 'n', '\t': 't' },
  codePoint: () => '',
  none: true,
};

/** Controls, and what an editor or a parser may take for the end of a line or turn around. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * A text as a string literal on one line.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for half of a surrogate pair, which no file can hold, or a NUL, which R cannot
 */
export function quoted(text: string, { escapes, codePoint, none, asciiOnly }: Quoting): string {
  const written = Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    if (code === 0 || (code >= 0xd800 && code <= 0xdfff))
      throw new UnderstudyError(
        'DISTILL_ARGUMENT',
        `${JSON.stringify(text)} holds ${code === 0 ? 'a NUL character' : 'half of a surrogate pair'}, which not every language can write; reword it`,
      );
    if (Object.hasOwn(escapes, character)) return `\\${escapes[character]}`;
    if (none && HIDDEN.test(character))
      throw new UnderstudyError(
        'DISTILL_ARGUMENT',
        `${JSON.stringify(text)} holds a hidden character, which NetLogo has no escape for; reword it`,
      );
    return HIDDEN.test(character) || (asciiOnly && code > 0x7e) ? codePoint(code) : character;
  });
  return `"${written.join('')}"`;
}

/** A text for a comment of one line: whatever could end the line is shown as JavaScript would write it. */
export const inComment = (text: string): string =>
  quoted(Buffer.from(text).toString().replaceAll('\0', ''), javascript).slice(1, -1);

/** Items in lines of at most `width` characters, unless one alone is longer. */
export function wrapped(items: readonly string[], { separator = ' ', indent = '', width = 110 } = {}): string {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line !== '' && indent.length + line.length + item.length > width) {
      lines.push(indent + line.trimEnd());
      line = '';
    }
    line += item + separator;
  }
  if (line !== '') lines.push(indent + (separator.trim() === '' ? line.trimEnd() : line.slice(0, -separator.length)));
  return lines.join('\n');
}

/** A single-precision number in the fewest digits that give it back. */
export function shortest(value: number): string {
  for (let digits = 1; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}
