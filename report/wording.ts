/** Two or three significant digits without an exponent: 0.0012; an en dash for no number. */
export function short(value: number | null | undefined, significant = 2): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  // Less than what rounding leaves in sums of doubles.
  if (Math.abs(value) < 1e-12) return '0';
  const digits = Math.max(2, significant - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(10, digits)).replace('-', '−');
}

/** A number with a given count of digits after the point and a true minus; an en dash for no number. */
export function fixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return '–';
  const text = value.toFixed(digits);
  // A negative number that rounds to 0 loses its sign.
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace('-', '−');
}

/**
 * A share in per cent: "42 %". Below 10 % it has a decimal; close to 100 % it has one or two and is cut rather than
 * rounded, so that nearly all never reads as all.
 * @param share 1 for all; an en dash for no number
 */
export function percent(share: number): string {
  if (Number.isNaN(share)) return '–';
  const apart = 1 - share;
  const whole = share === 0 || (Math.abs(share) >= 0.0995 && (apart >= 0.0995 || apart <= 0));
  const digits = whole ? 0 : apart > 0 && apart < 0.01 ? 2 : 1;
  const cut = apart > 0 && apart < 0.0995 ? Math.floor(100 * share * 10 ** digits + 1e-9) / 10 ** digits : 100 * share;
  return `${fixed(cut, digits)} %`;
}

/** "0.012 [0.010, 0.014]" */
export const withInterval = (value: number, { lower, upper }: { lower: number; upper: number }): string =>
  Number.isNaN(value) ? '–' : `${short(value)} [${short(lower)}, ${short(upper)}]`;

/** "97.4 % [97.0 %, 99.6 %]" */
export const percentWithInterval = (value: number, { lower, upper }: { lower: number; upper: number }): string =>
  Number.isNaN(value) ? '–' : `${percent(value)} [${percent(lower)}, ${percent(upper)}]`;

/** A p-value after its sign of comparison: "< 0.001", "= 0.020". */
export const pValue = (p: number): string => (p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`);

/** "a, b and c" */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** A count with its thousands apart: "16,992". Without the tables of languages, which take long to load. */
export function grouped(value: number): string {
  const [whole, fraction] = String(Number(value.toFixed(3))).split('.') as [string, string?];
  const apart = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

/** A subgroup as a person would name it: its phrase, or "no context", "1 trait", "3 traits". */
export function groupName(by: string, group: string): string {
  if (by !== 'traits' && by !== 'contexts') return group;
  const one = by.slice(0, -1);
  return group === '0' ? `no ${one}` : `${group} ${group === '1' ? one : by}`;
}

/** A sentence's first word with a capital. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
