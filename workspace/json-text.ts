/** Text of a user's file for a message: quoted, at most 60 characters, nothing in it that a terminal would obey. */
export function quoted(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  // JSON escapes the controls below U+0020; a terminal also obeys U+007F to U+009F, and Cf holds what turns the
  // direction.
  return JSON.stringify(shown).replace(/[\u007f-\u00a0\u2028\u2029\p{Cf}]/gu, escaped);
}

/** A value of a user's file for a message: as JSON, at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  return quoted(JSON.stringify(value)).slice(1, -1).replaceAll('\\"', '"');
}

/** A character as the escape that names it: `\u00a0`. */
export function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** What closes a text that was cut off inside a string, and outside of one. */
const IN_STRING = ['"', 'n"', '0"', '00"', '000"', '0000"'];
const OUTSIDE = ['', '0', ':0', '"":0', 'rue', 'ue', 'e', 'alse', 'lse', 'se', 'ull', 'll', 'l'];

/** Whether more text could make this a JSON object: it is the beginning of one, cut off at any character. */
export function isCutShort(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false;
  const open: string[] = [];
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') open.pop();
  }
  if (open.length === 0) return false;
  const closing = open.reverse().join('');
  const endings = inString ? IN_STRING.flatMap((end) => [end, `${end}:0`]) : OUTSIDE;
  return endings.some((end) => parses(`${text}${end}${closing}`));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A row of JSON Lines.
 * @returns the object, or in a sentence without a subject why the text is not one
 */
export function parseRow(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : `is not a JSON object: ${quoted(text)}`;
  } catch {
    const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
    const number = /-?\b(?:NaN|Infinity)\b/.exec(bare)?.[0];
    if (number && parses(bare.replace(/-?\b(?:NaN|Infinity)\b/g, '0')))
      return `holds ${number}, which JSON does not have; write the number that was meant, or remove the row`;
    if (isCutShort(text)) return 'is cut off in the middle of a row; remove it or make the file again';
    return `is not valid JSON: ${quoted(text)}`;
  }
}
