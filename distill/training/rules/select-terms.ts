import { type Fitted, fitTerms, type RuleRows, strengthsOf, type Term } from './regression.ts';

/** Chance that a term which does nothing is taken in at any of the steps, about. */
const FALSE_ALARM = 0.01;
/** Candidates that are tried at a step before none is taken to be left. */
const TRIED = 6;
/** Terms that are not in everybody's reach are not listed: with more phrases, triples are made of what was found. */
const MOST_TRIPLES = 5000;
/** A term, and what it leaves over, is held by so many rows at least. */
const FEWEST_ROWS = 30;

/** A term that comes and goes so often is not taken in again: it would come and go for ever. */
const CHANCES = 3;

export interface SelectOptions {
  /** Most terms of a student that can still be read. */
  readonly most: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (terms: number) => void | Promise<void>;
}

/**
 * Effects and interactions of two or three phrases, in the order in which they were found: each the one that explains most of
 * what is left, taken in if it is further from 0 than the largest of as many that do nothing would be, and thrown out again if
 * later ones explain it. Forward selection with backward steps: Efroymson, "Multiple regression analysis", 1960.
 */
export async function selectTerms(
  data: RuleRows,
  width: number,
  { most, signal, onStep }: SelectOptions,
): Promise<readonly Term[]> {
  const counted = countsOf(data, width);
  const bound = normalQuantile(1 - FALSE_ALARM / (2 * Math.max(1, counted.size * data.outputs)));
  let fit = fitTerms(data, []);
  /** How often a term was thrown out. */
  const thrown = new Map<Key, number>();
  // A triple resembles the pairs in it, which are looked for first.
  for (let longest = 2; longest <= 3 && fit.terms.length < most; ) {
    signal?.throwIfAborted();
    await onStep?.(fit.terms.length);
    const refused = [...thrown].flatMap(([key, times]) => (times < CHANCES ? [] : [key]));
    const known = new Set([...fit.terms.map((term) => keyOf(term, width)), ...refused]);
    const candidates = ranked(data, fit, counted, known, width).filter(({ length }) => length <= longest);
    let taken: Fitted | undefined;
    for (const term of candidates.slice(0, TRIED)) {
      const next = fitTerms(data, [...fit.terms, term], { start: grown(fit.coefficients, data.outputs) });
      if (strengthsOf(data, next).at(-1)! > bound) {
        taken = next;
        break;
      }
    }
    if (!taken) {
      longest++;
      continue;
    }
    longest = 2;
    fit = withoutWeak(data, taken, bound);
    for (const term of taken.terms) {
      const key = keyOf(term, width);
      if (!fit.terms.includes(term)) thrown.set(key, (thrown.get(key) ?? 0) + 1);
    }
  }
  return fit.terms;
}

/** Without the terms that are no longer far enough from 0, the weakest first. */
function withoutWeak(data: RuleRows, from: Fitted, bound: number): Fitted {
  let fit = from;
  for (;;) {
    const strengths = strengthsOf(data, fit);
    const weakest = strengths.indexOf(Math.min(...strengths));
    if (weakest < 0 || strengths[weakest]! > bound) return fit;
    fit = fitTerms(
      data,
      fit.terms.filter((_, t) => t !== weakest),
    );
  }
}

/** Coefficients with a term more, at 0, before the intercept. */
function grown(coefficients: Float64Array, m: number): Float64Array {
  const more = new Float64Array(coefficients.length + m);
  more.set(coefficients.subarray(0, -m));
  more.set(coefficients.subarray(-m), coefficients.length);
  return more;
}

/** A term as a number. */
type Key = number;

/** By key, the terms that enough rows hold and that do not say the same as a shorter one. */
function countsOf({ held }: RuleRows, width: number): Map<Key, Term> {
  const counts = new Map<Key, { readonly term: Term; rows: number }>();
  const triples = (width * (width - 1) * (width - 2)) / 6 <= MOST_TRIPLES;
  for (const phrases of held)
    forEachTerm(phrases, width, triples, (key, a, b, c) => {
      const known = counts.get(key);
      if (known) known.rows++;
      else counts.set(key, { term: [a, b, c].filter((phrase) => phrase !== undefined), rows: 1 });
    });
  const rowsOf = (term: Term) => (term.length === 0 ? held.length : counts.get(keyOf(term, width))!.rows);
  return new Map(
    [...counts]
      .filter(
        ([, { term, rows }]) =>
          rows >= FEWEST_ROWS &&
          term.every((phrase) => rowsOf(term.filter((other) => other !== phrase)) - rows >= FEWEST_ROWS),
      )
      .map(([key, { term }]) => [key, term]),
  );
}

const keyOf = (term: Term, width: number): Key => term.reduceRight((key, phrase) => key * (width + 1) + phrase + 1, 0);

/** Calls visit for every phrase, pair and, if wanted, triple that holds. */
function forEachTerm(
  phrases: readonly number[],
  width: number,
  triples: boolean,
  visit: (key: Key, a: number, b?: number, c?: number) => void,
): void {
  const base = width + 1;
  const n = phrases.length;
  for (let i = 0; i < n; i++) {
    const a = phrases[i]!;
    visit(a + 1, a);
    for (let j = i + 1; j < n; j++) {
      const b = phrases[j]!;
      visit((b + 1) * base + a + 1, a, b);
      for (let k = j + 1; triples && k < n; k++) {
        const c = phrases[k]!;
        visit(((c + 1) * base + b + 1) * base + a + 1, a, b, c);
      }
    }
  }
}

/** Terms by how much of what is left they explain, the best first: the squared score over its variance (Rao, 1948). */
function ranked(
  { held, targets, weights, outputs: m }: RuleRows,
  { probabilities }: Fitted,
  counted: ReadonlyMap<Key, Term>,
  known: ReadonlySet<Key>,
  width: number,
): Term[] {
  const open = [...counted].filter(([key]) => !known.has(key));
  const triples = open.some(([, term]) => term.length === 3);
  const places = new Map(open.map(([key], place) => [key, place]));
  const scores = new Float64Array(open.length * m);
  const spreads = new Float64Array(open.length * m);
  held.forEach((phrases, row) => {
    forEachTerm(phrases, width, triples, (key) => {
      const place = places.get(key);
      if (place === undefined) return;
      for (let a = 0; a < m; a++) {
        const pull = weights[row]! * (targets[row * m + a]! - probabilities[row * m + a]!);
        scores[place * m + a]! += pull;
        spreads[place * m + a]! += pull * pull;
      }
    });
  });
  const gain = (place: number) => {
    let most = 0;
    for (let a = place * m; a < (place + 1) * m; a++) most = Math.max(most, scores[a]! ** 2 / (spreads[a]! + 1e-12));
    return most;
  };
  return open
    .map(([, term], place) => ({ term, gain: gain(place) }))
    .sort((a, b) => b.gain - a.gain)
    .map(({ term }) => term);
}

/** The standard normal quantile of a probability above 1/2: Abramowitz & Stegun, 1964, 26.2.23, to within 5e-4. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}
