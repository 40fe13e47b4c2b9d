import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { csvLine } from '../../workspace/csv.ts';
import { fontFiles, textWidth } from './font.ts';
import { configOf, type Theme } from './theme.ts';

/** A figure: what vega-lite draws, without the parts that all figures share. */
export type Figure = TopLevelSpec;

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
}

/** Without a browser vega guesses widths; with the font's own, labels take the room that they need. */
function measureWithOurFont(): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = (item, text) => {
    const size = item.fontSize ?? 11;
    const weight = item.fontWeight === 'bold' ? 700 : Number(item.fontWeight ?? 400) || 400;
    return size > 0 && text !== null && text !== undefined ? textWidth(String(text), size, weight) : 0;
  };
}

/** The figure as SVG text, laid out for the bundled font. */
export async function toSvg(figure: Figure, theme: Theme): Promise<string> {
  measureWithOurFont();
  const { spec } = compile({ ...figure, config: configOf(theme) } as TopLevelSpec, {
    // vega-lite warns about what it decides by itself; a figure that is wrong throws.
    logger: vega.logger(vega.None),
  });
  // Ids are counted through the whole process; from 0 again, the same figure is the same file.
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logger: vega.logger(vega.Error) });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** An SVG as an image, two pixels to the point, with the bundled font and no other. */
export function rasterise(svg: string): { readonly width: number; readonly height: number; asPng(): Buffer } & {
  /** Red, green, blue, alpha of every pixel. */
  readonly pixels: Uint8Array;
} {
  return new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  }).render();
}

/** The image as PNG. */
export const toPng = (svg: string): Buffer => rasterise(svg).asPng();

/** Columns that say how something is drawn, not what. */
const APPEARANCE = new Set(['ink', 'shift']);

type Row = Readonly<Record<string, unknown>>;

/**
 * The data of a figure as CSV: every row that it holds, with all columns that some row has. Where a figure has several
 * data sets, the column `dataset` counts them from 1, in the order in which they are drawn; equal ones are written once.
 */
export function figureTable(figure: Figure): string {
  const sets = new Map<string, readonly Row[]>();
  for (const rows of dataSetsOf(figure)) sets.set(JSON.stringify(rows), rows);
  const rows = [...sets.values()].flatMap((set, i) =>
    set.map((row): Row => (sets.size > 1 ? { dataset: i + 1, ...row } : row)),
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => !APPEARANCE.has(column));
  return [csvLine(columns), ...rows.map((row) => csvLine(columns.map((column) => cell(row[column])))), ''].join('\n');
}

/** The rows under each key `data`, wherever the specification has one. */
function* dataSetsOf(part: unknown): Generator<readonly Row[]> {
  if (typeof part !== 'object' || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (key !== 'data') yield* dataSetsOf(value);
    else if (Array.isArray(value?.values)) yield value.values;
  }
}

const cell = (value: unknown): string | number | undefined => {
  if (value === undefined || value === null || Number.isNaN(value)) return undefined;
  if (typeof value === 'number') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** A figure of the report. */
export interface ReportFigure {
  /** Name of its files in results/plots. */
  readonly name: string;
  readonly section: 'models' | 'phrases' | 'training' | 'stability' | 'sweep' | 'compare' | 'audit';
  /** What a reader should see in it. */
  readonly caption: string;
  readonly draw: (theme: Theme) => Figure;
}
