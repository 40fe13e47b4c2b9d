import { readFileSync } from 'node:fs';
import { dataFile } from '../../workspace/bundled.ts';

/**
 * Inter (SIL Open Font License), which comes with the package: a figure looks the same on a machine without fonts.
 * For resvg each file is a family of its own, so what is emphasised names both; elsewhere the weight does it.
 */
export const family = 'Inter, system-ui, sans-serif';
export const emphasis = `Inter SemiBold, ${family}`;

export const fontFiles = (): string[] => [dataFile('fonts/inter-latin-400.ttf'), dataFile('fonts/inter-latin-600.ttf')];

/** The font as a style sheet that needs no other file. */
export function fontFaces(): string {
  return ['400', '600']
    .map((weight) => {
      const bytes = readFileSync(dataFile(`fonts/inter-latin-${weight}.woff2`)).toString('base64');
      return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${bytes}) format("woff2")}`;
    })
    .join('\n');
}

let widths: Record<string, Record<string, number>> | undefined;

/** Width of a text in the units of its size, so that figures can be laid out without a browser. */
export function textWidth(text: string, size: number, weight: number): number {
  widths ??= JSON.parse(readFileSync(dataFile('fonts/inter-latin-widths.json'), 'utf8')) as typeof widths;
  const table = widths![weight >= 600 ? '600' : '400']!;
  let thousandths = 0;
  for (const character of text) thousandths += table[character] ?? 620;
  return (thousandths * size) / 1000;
}
