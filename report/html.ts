/** Text that is safe inside an element or a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Markup, as opposed to text that has yet to be escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = string | number | Html | undefined | readonly Content[];

/**
 * A template whose values are escaped unless they are markup already.
 * @example html`<p>${'a < b'}</p>`.text // => '<p>a &#60; b</p>'
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const written = (value: Content): string => {
    if (value === undefined) return '';
    if (value instanceof Html) return value.text;
    if (typeof value === 'object') return value.map(written).join('');
    return escaped(String(value));
  };
  return new Html(parts.map((part, i) => (i === 0 ? part : written(values[i - 1]) + part)).join(''));
}

/** Cells of a table that hold numbers. */
export const numberCells = (values: readonly string[]): Html[] =>
  values.map((value) => html`<td class="number">${value}</td>`);

/**
 * An SVG as part of a page: without namespaces, which HTML gives it; without roles, since what it is shown in says what
 * it is; and with ids of its own, since several figures would name their gradients alike.
 * @param prefix unique on the page
 */
export function inlineSvg(svg: string, prefix: string): Html {
  const own = svg
    .replace(/ (xmlns(:xlink)?|version|role|aria-[a-z]+)="[^"]*"/g, '')
    .replace(/ id="([^"]+)"/g, ` id="${prefix}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`)
    .replace(/ (xlink:)?href="#([^"]+)"/g, ` href="#${prefix}-$2"`);
  return new Html(own);
}
