import type { DatasetRow } from '../rows.ts';

/**
 * A line of the research original's data sets, byte for byte as Python's json module writes it (ensure_ascii off): a
 * space after each comma and colon, a point in every float.
 * @example researchLine({ traits: ['cheap'], context: [], probability_LLM: 1 }) // => '{"traits": ["cheap"], "context": [], "probability_LLM": 1.0}'
 */
export function researchLine({
  traits,
  context,
  probability_LLM,
}: Pick<DatasetRow, 'traits' | 'context' | 'probability_LLM'>) {
  const list = (phrases: readonly string[]) => `[${phrases.map((phrase) => JSON.stringify(phrase)).join(', ')}]`;
  const number = Number.isInteger(probability_LLM) ? probability_LLM.toFixed(1) : float(probability_LLM);
  return `{"traits": ${list(traits)}, "context": ${list(context)}, "probability_LLM": ${number}}`;
}

/** Python goes over to an exponent below 1e-4, of two digits at least. */
function float(value: number): string {
  if (value >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}
