/** What stands after a key. */
export type Value =
  | { readonly kind: 'string'; readonly text: string }
  /** Anything without quotation marks: 0.85, null, 1/2; or nothing that can be read. */
  | { readonly kind: 'bare'; readonly text: string }
  | { readonly kind: 'nested' };

export interface Member {
  readonly key: string;
  /** 1 for the members of the object itself. */
  readonly depth: number;
  /** Whether it stands within something that is not an answer. */
  readonly aside: boolean;
  value: Value;
  /** Where the text goes on behind the value. */
  readonly end: number;
  /** Whether the value is whole, with nothing else before the next comma. */
  whole: boolean;
}

/** An object that a text holds, with all members of the objects within it. */
export interface FoundObject {
  readonly start: number;
  end: number;
  /** Whether its last brace is there. */
  closed: boolean;
  readonly members: Member[];
}

const QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”', '”': '”', '‘': '’', '„': '“' };
const AFTER_BARE = /[,{}[\]"“”\n]/g;

/**
 * The outermost objects of a text, read as people and models write them: keys in any quotation marks or none, missing and
 * trailing commas, comments, decimal commas, quotation marks within strings, no last brace. One pass, without recursion:
 * linear in the length of the text, whatever is in it.
 * @param isAside whether what stands under a key is not an answer
 */
export function objectsIn(text: string, isAside: (key: string) => boolean): FoundObject[] {
  const found: FoundObject[] = [];
  /** Closing marks of what is open. */
  const open: string[] = [];
  let object: FoundObject | undefined;
  /** Whether each is not an answer, or within one that is not. */
  const aside: boolean[] = [];
  let key: string | undefined;
  /** The member that was read last. */
  let last: Member | undefined;
  /** Whether a comma stands behind it. */
  let ended = false;
  let at = text.indexOf('{');
  if (at < 0) return found;

  const put = (value: Value, end: number, whole = true) => {
    if (key !== undefined) {
      last = { key, depth: open.length, aside: aside.at(-1)!, value, end, whole };
      object!.members.push(last);
      ended = false;
    } else if (last && !isComment(value) && (!ended || (value.kind !== 'nested' && /\d/.test(value.text))))
      // "0.2 or 0.4", and "0, 75", which may be 0.75.
      last.whole = false;
    key = undefined;
  };

  while (at < text.length) {
    if (!object) {
      at = text.indexOf('{', at);
      if (at < 0) break;
      object = { start: at, end: text.length, closed: false, members: [] };
      found.push(object);
      open.push('}');
      aside.push(false);
      at++;
      continue;
    }
    const c = text[at]!;
    if (c === '{' || c === '[') {
      aside.push(aside.at(-1)! || (key !== undefined && isAside(key)));
      put({ kind: 'nested' }, at);
      open.push(c === '{' ? '}' : ']');
      last = undefined;
      at++;
    } else if (c === '}' || c === ']') {
      if (key !== undefined) put({ kind: 'bare', text: '' }, at);
      last = undefined;
      if (open.at(-1) === c) {
        open.pop();
        aside.pop();
      }
      at++;
      if (open.length === 0) {
        object.end = at;
        object.closed = true;
        object = undefined;
      }
    } else if (c === ',') {
      if (key !== undefined) put({ kind: 'bare', text: '' }, at);
      ended = true;
      at++;
    } else if (c in QUOTES) {
      const end = endOfString(text, at, key !== undefined);
      const inside = text.slice(at + 1, end);
      const next = afterSpace(text, end + 1);
      if (key === undefined && text[next] === ':') {
        key = inside;
        last = undefined;
        at = next + 1;
      } else {
        put({ kind: 'string', text: inside }, end + 1, end < text.length);
        at = end + 1;
      }
    } else if (/\s/.test(c)) at++;
    else {
      const end = endOfBare(text, at);
      const piece = text.slice(at, end);
      const colon = key === undefined ? piece.indexOf(':') : -1;
      if (colon >= 0) {
        key = piece.slice(0, colon).trim();
        last = undefined;
        at += colon + 1;
      } else {
        // A number that the text ends in may have had more digits.
        put({ kind: 'bare', text: piece.replace(/\/[/*].*/s, '').trim() }, end, end < text.length);
        at = end;
      }
    }
  }
  return found;
}

const isComment = (value: Value) => value.kind === 'bare' && value.text === '';

/** The strings of JSON, with their escapes read. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text.replaceAll('\n', '\\n')}"`) as string;
  } catch {
    return text;
  }
}

/**
 * Where a string ends: at the first quotation mark after which an object can go on, since models forget to escape those
 * within; or at the end of the text.
 */
function endOfString(text: string, start: number, isValue: boolean): number {
  const close = QUOTES[text[start]!]!;
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at]!;
    if (c === '\\') at++;
    else if (c === close) {
      const next = text[afterSpace(text, at + 1)];
      if (next === undefined || next === ',' || next === '}' || next === ']' || (!isValue && next === ':')) return at;
    }
  }
  return text.length;
}

function endOfBare(text: string, start: number): number {
  for (AFTER_BARE.lastIndex = start; ; ) {
    const end = AFTER_BARE.exec(text);
    if (!end) return text.length;
    if (end.index === start && end[0] === '\n') continue;
    // The comma of 0,75
    const decimals =
      end[0] === ',' &&
      /\d/.test(text[end.index + 1] ?? '') &&
      /^\s*[+-]?\d{1,3}$/.test(text.slice(Math.max(start, end.index - 8), end.index));
    if (!decimals) return end.index;
  }
}

function afterSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && /\s/.test(text[next]!)) next++;
  return next;
}
