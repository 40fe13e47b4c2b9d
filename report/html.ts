import { createHash } from 'node:crypto';
import { fontFaces } from './figures/font.ts';
import { dark, light, type Theme } from './figures/theme.ts';

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

/** Words in backquotes are code; a number and its unit stay on one line. */
export const code = (text: string): Html[] =>
  text
    .replaceAll(/(\d) (?=%)/g, '$1\u00a0')
    .split('`')
    .map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));

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

const variables = (theme: Theme) =>
  `--background:${theme.background};--ink:${theme.ink};--muted:${theme.muted};--line:${theme.grid};--accent:${theme.categories[0]};--warn:${theme.categories[1]};color-scheme:${theme.name}`;

const style = () => `${fontFaces()}
:root{${variables(light)}}
.dark{display:none}
@media screen and (prefers-color-scheme:dark){:root{${variables(dark)}}.dark{display:block}.light{display:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--background);color:var(--ink);font:16px/1.55 Inter,system-ui,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1160px;margin:0 auto;padding:48px 24px 96px}
h1,h2,h3,th,strong{font-weight:600}
h1{font-size:32px;line-height:1.2;letter-spacing:-.015em;margin:8px 0 20px;max-width:24em;text-wrap:balance}
h2{font-size:21px;margin:64px 0 12px;padding-top:20px;border-top:1px solid var(--line)}
h3{font-size:16px;margin:32px 0 8px}
p,li{max-width:44em}
p{margin:0 0 12px}
.kicker,figcaption,.note{color:var(--muted);font-size:14px}
.kicker{margin:0}
.lead{font-size:17px}
.warning{border-left:3px solid var(--warn);padding:4px 0 4px 14px;margin:20px 0}
.scroll{overflow-x:auto;margin:16px 0 8px}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:7px 12px 7px 0;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}
thead th{color:var(--muted);font-weight:400;vertical-align:bottom}
tbody th{font-weight:400}
tr.best th,tr.best td{font-weight:600}
tr.baseline th,tr.baseline td{color:var(--muted)}
td.number,th.number{text-align:right}
td.wrap{white-space:normal;min-width:16em}
figure{margin:36px 0 0}
figure svg{display:block;max-width:100%;height:auto}
figure>div{overflow-x:auto}
@media screen and (max-width:700px){figure svg{max-width:none}}
figcaption{max-width:50em;margin:4px 0 0 16px}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
ul{padding-left:20px}
a{color:var(--accent)}
@page{margin:14mm}
@media print{.lead{font-size:11.5pt}main{max-width:none;padding:0}body{font-size:11pt}figure,tr,p{break-inside:avoid}h2,h3,thead{break-after:avoid}figure svg{max-height:225mm}.scroll,figure>div{overflow:visible}.scroll{break-inside:avoid}table{font-size:7pt}th,td{padding:3pt 7px 3pt 0}.note,figcaption{font-size:9pt}code{font-size:6.5pt}h2{margin-top:28pt}}
`;

/**
 * A page that stands alone: its style and font are inside, it has no script, and its policy forbids any request.
 * @param body what goes into <main>
 */
export function page(title: string, body: Html): string {
  const css = style();
  const hash = createHash('sha256').update(css).digest('base64');
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; font-src data:">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>STYLE</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  return document.text.replace('<style>STYLE</style>', () => `<style>${css}</style>`);
}
