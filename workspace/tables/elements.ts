import { LineProblem } from './lines.ts';

/** Cuts the text of a JSON array into its elements, piece by piece, so that its length does not matter. */
export class Elements {
  readonly #take: (text: string, line: number) => void;
  #parts: string[] = [];
  /** Brackets and braces that are open. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #ended = false;
  #line = 1;
  /** Line on which the element begins. */
  #began = 1;

  /** @param take called with each element's text and the line that it begins on, from 1 */
  constructor(take: (text: string, line: number) => void) {
    this.#take = take;
  }

  /** @throws {LineProblem} for text after the end of the array */
  push(text: string): void {
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const character = text[i]!;
      if (character === '\n') this.#line++;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (character === '\\') this.#escaped = true;
        else if (character === '"') this.#inString = false;
      } else if (this.#ended) {
        if (character.trim() !== '') throw new LineProblem(this.#line, 'goes on after the end of its JSON array');
      } else if (character === '"') this.#inString = true;
      else if (character === '{' || character === '[') {
        this.#depth++;
        if (this.#depth === 1) from = i + 1;
      } else if (this.#depth === 1 && (character === ',' || character === ']')) {
        this.#parts.push(text.slice(from, i));
        this.#give(character === ']');
        from = i + 1;
      } else if (character === '}' || character === ']') this.#depth--;
    }
    if (this.#depth > 0 && !this.#ended) this.#parts.push(text.slice(from));
  }

  /** @throws {LineProblem} for an array that does not end */
  end(): void {
    if (!this.#ended) throw new LineProblem(this.#line, 'is cut off: its JSON array does not end; make the file again');
  }

  #give(last: boolean): void {
    const text = this.#parts.join('');
    this.#parts = [];
    this.#ended = last;
    const before = /^\s*/.exec(text)![0];
    const line = this.#began + before.split('\n').length - 1;
    this.#began = this.#line;
    if (text.trim() !== '') this.#take(text.trim(), line);
    else if (!last) throw new LineProblem(line, 'has an empty element in its JSON array');
  }
}
