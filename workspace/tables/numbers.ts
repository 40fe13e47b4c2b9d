/** What stands before the decimals of a number. */
export type DecimalMark = 'point' | 'comma';

/**
 * What a cell shows of how its number is written: an integer; decimals after a point or a comma, for certain; or one
 * separator before three digits, which may be decimals or thousands.
 */
export type NumberShape = 'integer' | DecimalMark | 'point or thousands' | 'comma or thousands';

/** A currency before or after the number, or a percent sign after it. */
const AFFIXES = /^[€$£¥₹]?\s*|\s*[€$£¥₹%]?$/g;
/** Blanks that group thousands: 1 234 567. */
const GROUPS = /(?<=\d)[\s'’](?=\d{3}(?:\D|$))/g;

const bare = (cell: string): string =>
  cell
    .trim()
    .replace(/^[−–](?=\d)/, '-')
    .replace(AFFIXES, '')
    .replace(GROUPS, '');

/** How most numbers are written: nothing needs to be taken off. */
const INTEGER = /^-?(0|[1-9]\d*)$/;
const DECIMALS = /^-?\d+\.\d+$/;

/** How a cell's number is written; undefined for a cell that is not a number. A code with a leading zero is not one. */
export function shapeOf(cell: string): NumberShape | undefined {
  if (INTEGER.test(cell)) return 'integer';
  const text = DECIMALS.test(cell) ? cell : bare(cell);
  if (/^[+-]?(0|[1-9]\d*)$/.test(text)) return 'integer';
  if (/^[+-]?(\d+\.?\d*|\.\d+)e[+-]?\d+$/i.test(text)) return 'point';
  if (/^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(text))
    return text.includes(',') ? 'comma or thousands' : 'point or thousands';
  if (/^[+-]?(\d+\.\d*|\.\d+)$/.test(text)) return 'point';
  if (/^[+-]?(\d+,\d+|,\d+)$/.test(text)) return 'comma';
  if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(text)) return 'point';
  if (/^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/.test(text)) return 'comma';
  return undefined;
}

/** The number of a cell; undefined if it is not written so. */
export function numberIn(cell: string, decimal: DecimalMark): number | undefined {
  if (INTEGER.test(cell) || (decimal === 'point' && DECIMALS.test(cell))) return Number(cell);
  const shape = shapeOf(cell);
  const other = decimal === 'point' ? 'comma' : 'point';
  if (shape === undefined || shape === other) return undefined;
  const text = bare(cell);
  if (decimal === 'comma') return Number(text.replaceAll('.', '').replace(',', '.'));
  return Number(text.replaceAll(',', ''));
}

/** Whether a cell's number stands for hundredths. */
export const isPercent = (cell: string): boolean => /\d\s*%$/.test(cell.trim());
