import type { Address } from './address.ts';

/** Fewer characters of a key than this cannot be distinguished from other text. */
const SHORTEST = 8;

/**
 * Hides a key in texts of a server that may repeat what it was sent: as it is, in parts of eight characters or more, in
 * base64 (alone or behind "Bearer "), in hexadecimal, in escapes of JSON and encoded for a URL.
 */
export class Secret {
  readonly #spellings: readonly string[];
  /** All parts of the key of the shortest length. */
  readonly #parts: ReadonlySet<string>;

  constructor(key: string | undefined) {
    const parts = new Set<string>();
    if (key !== undefined) for (let at = 0; at + SHORTEST <= key.length; at++) parts.add(key.slice(at, at + SHORTEST));
    this.#parts = parts;
    this.#spellings = key === undefined ? [] : spellingsOf(key).sort((a, b) => b.length - a.length);
  }

  /** A text with "…" in place of the key. */
  hide(text: string): string {
    if (this.#spellings.length === 0) return text;
    let hidden = text;
    for (const spelling of this.#spellings) hidden = hidden.replaceAll(spelling, '…');
    return this.#parts.size === 0 ? hidden : this.#withoutParts(hidden);
  }

  /** A parsed answer with the key hidden in every text and name of it. */
  hideIn(value: unknown): unknown {
    if (this.#spellings.length === 0) return value;
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((item) => this.hideIn(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [this.hide(name), this.hideIn(item)]));
  }

  #withoutParts(text: string): string {
    let hidden = '';
    let from = 0;
    for (let at = 0; at + SHORTEST <= text.length; at++) {
      if (!this.#parts.has(text.slice(at, at + SHORTEST))) continue;
      let end = at + 1;
      while (end + SHORTEST <= text.length && this.#parts.has(text.slice(end, end + SHORTEST))) end++;
      hidden += `${text.slice(from, at)}…`;
      from = end + SHORTEST - 1;
      at = from - 1;
    }
    return hidden + text.slice(from);
  }
}

/** Each character as an escape of JSON. */
const escapesOf = (key: string) =>
  key.replace(/./gs, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

function spellingsOf(key: string): string[] {
  // In base64 a text is written in three ways, by how many bytes stand before it; its ends depend on its neighbours.
  const inside = [0, 1, 2].map((before) => {
    const written = Buffer.from('\0'.repeat(before) + key)
      .toString('base64')
      .replace(/=+$/, '');
    return written.slice(Math.ceil((8 * before) / 6), (Buffer.byteLength(key) + before) % 3 === 0 ? undefined : -1);
  });
  const long = inside.filter((written) => written.length >= SHORTEST);
  const urls = long.map((written) => written.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    key,
    encodeURIComponent(key),
    encodeURIComponent(encodeURIComponent(key)),
    JSON.stringify(key).slice(1, -1),
    escapesOf(key),
    escapesOf(key).replace(/[a-f]/g, (digit) => digit.toUpperCase()),
    ...long,
    ...urls,
    ...long.map(encodeURIComponent),
    ...(key.length >= SHORTEST / 2 ? [Buffer.from(key).toString('hex')] : []),
  ];
}

/** The Authorization header for a server, or why none is sent. */
export type Authorization =
  | {
      readonly header: string;
      /** The variable that the key comes from, if it is not UNDERSTUDY_API_KEY. */
      readonly from?: string;
      /** Headers beside it. */
      readonly more?: Readonly<Record<string, string>>;
    }
  | { readonly withheld: string }
  | undefined;

/**
 * The key of the environment: UNDERSTUDY_API_KEY, otherwise OPENAI_API_KEY; withheld if others on the way could read
 * it.
 */
export function authorizationOf(
  { confidential, host }: Address,
  env: Readonly<Record<string, string | undefined>>,
): Authorization {
  const name = ['UNDERSTUDY_API_KEY', 'OPENAI_API_KEY'].find((candidate) => env[candidate]?.trim());
  if (name === undefined) return undefined;
  return confidential
    ? { header: `Bearer ${env[name]!.trim()}` }
    : { withheld: `${name} is not sent to ${host}: over http it could be read on the way; use https or a tunnel` };
}
