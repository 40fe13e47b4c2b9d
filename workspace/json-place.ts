/** A place in a text, from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Where a text stops being JSON: what stands before could begin a JSON value. What `JSON.parse` says of it differs by engine. */
export function jsonStopsAt(text: string): TextPlace {
  const before = text.slice(0, stop(text)).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

const TOKEN = /\s*("(?:[^"\\\n]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]|$)/y;

/** Position of the first character that does not belong. */
function stop(text: string): number {
  let at = 0;
  /** The next token, and where it begins. */
  const next = (): readonly [token: string | undefined, from: number] => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const from = found ? at + found[0].length - found[1]!.length : at + /^\s*/.exec(text.slice(at))![0].length;
    if (found) at = TOKEN.lastIndex;
    return [found?.[1], from];
  };
  /** @returns where the value is wrong, or undefined */
  const value = (first = next()): number | undefined => {
    const [token, from] = first;
    if (token === '{') return members('}', () => name());
    if (token === '[') return members(']', (begin) => value(begin));
    return token === undefined || token === '' || /^[}\],:]/.test(token) ? from : undefined;
  };
  const name = (): number | undefined => value();
  const members = (
    end: string,
    item: (first: readonly [string | undefined, number]) => number | undefined,
  ): number | undefined => {
    for (let first = next(), empty = true; ; first = next(), empty = false) {
      if (empty && first[0] === end) return undefined;
      if (end === '}') {
        if (!first[0]?.startsWith('"')) return first[1];
        const [colon, from] = next();
        if (colon !== ':') return from;
      }
      const wrong = item(first);
      if (wrong !== undefined) return wrong;
      const [token, from] = next();
      if (token === end) return undefined;
      if (token !== ',') return from;
    }
  };
  const wrong = value();
  if (wrong !== undefined) return wrong;
  const [rest, from] = next();
  return rest === '' ? text.length : from;
}
