/** Characters of English that a token of a large vocabulary has on average; a little fewer than measured, to be safe. */
const ASCII_A_TOKEN = 4;

/**
 * Tokens that a text has about, from its characters: one for each four ASCII characters, one for each other character.
 * An estimate for large vocabularies, of which texts of English have somewhat fewer.
 */
export function estimatedTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (const character of text)
    if (character.codePointAt(0)! < 128) ascii++;
    else other++;
  return Math.ceil(ascii / ASCII_A_TOKEN) + other;
}

/** Tokens of the frame that a chat template puts around a message, at most. */
const FRAME = 64;

/** Tokens that no tokenizer can exceed for a text: one for each byte, and the frame of a chat template. */
export const mostTokens = (text: string): number => Buffer.byteLength(text) + FRAME;
