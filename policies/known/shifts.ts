import { createHash } from 'node:crypto';
import { UnderstudyError } from '../../env/error.ts';
import { type Observations, orderOf } from '../../env/observation.ts';
import { differentLayout, inOrder, layoutOf } from '../../env/prompt-layout.ts';
import { sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { suggestion } from '../../env/suggestion.ts';
import { type Asking, askingOf } from '../models/backend.ts';
import type { AskOptions } from '../policy.ts';

/** What a question is asked with beside what it is about; each is a facet that an oracle can be made to depend on. */
export const shiftFacets = [
  'paraphrase',
  'slots',
  'order',
  'list',
  'punctuation',
  'elicit',
  'temperature',
  'wording',
] as const;
export type ShiftFacet = (typeof shiftFacets)[number];

/** A dependence on how a question is asked, planted in an oracle. */
export interface PlantedShift {
  /** `wording` is paraphrase and layout together. */
  readonly facet: ShiftFacet;
  /** The level at which it holds; absent: every level has a shift of its own, drawn from a normal law. */
  readonly level?: string;
  /** The phrase that it goes with; absent: it holds for everybody. */
  readonly phrase?: string;
  /** The action that it moves against the first; absent: all but the first. */
  readonly action?: string;
  /** In logits: the shift, or without a level the standard deviation of the shifts. */
  readonly size: number;
}

/** Shifts of an oracle, and the seed of those that are drawn. */
export interface PlantedShifts {
  readonly shifts: readonly PlantedShift[];
  readonly seed: number;
}

/**
 * Shifts as the name of an oracle has them, after its `?`: FACET[:LEVEL][*PHRASE][@ACTION]=LOGITS, several with & between,
 * and seed=N.
 * @example readShifts('list:lines=0.5&wording*it is raining=0.3&seed=7', scenario)
 * @throws {UnderstudyError} POLICY_ARGUMENT naming the facets, phrases or actions that there are
 */
export function readShifts(text: string, scenario: Vocabulary): PlantedShifts {
  const shifts: PlantedShift[] = [];
  let seed = 0;
  for (const part of text.split('&')) {
    const at = part.lastIndexOf('=');
    const key = decoded(part.slice(0, Math.max(0, at)));
    const size = Number(part.slice(at + 1));
    if (at < 1 || part.slice(at + 1).trim() === '' || !Number.isFinite(size))
      throw wrong(`oracle?${text}: expected FACET[:LEVEL][*PHRASE][@ACTION]=LOGITS, got "${part}"`);
    if (key === 'seed') {
      if (!Number.isSafeInteger(size) || size < 0) throw wrong(`a seed is an integer of 0 or more, got ${size}`);
      seed = size;
    } else shifts.push(shiftOf(key, size, scenario));
  }
  return { shifts, seed };
}

/** How an oracle is asked. */
export interface OracleAsking {
  readonly asking: Asking;
  /** Phrases in the order of the layout. */
  readonly shown: (batch: Observations, row: number) => readonly number[];
  /** The logits by which an answer is moved, shape [k], 0 for the first action; undefined if nothing is planted. */
  readonly logitsOf: ((phrases: readonly number[]) => readonly number[]) | undefined;
  /** Of the layout, 0 for the standard one: a question that is laid out otherwise is another question, with a draw of its own. */
  readonly layoutKey: number;
}

/** What options of asking come to, worked out once for all rows that are asked with them. */
export function oracleAskings(scenario: Vocabulary, planted?: PlantedShifts): (options: AskOptions) => OracleAsking {
  const shift = planted && shifter(scenario, planted);
  let last: { readonly options: AskOptions; readonly made: OracleAsking } | undefined;
  return (options) => {
    if (last?.options === options) return last.made;
    const asking = askingOf(scenario, options);
    const { order } = layoutOf(options.layout);
    const made: OracleAsking = {
      asking,
      shown: (batch, row) => inOrder(scenario, orderOf(batch, row), order),
      logitsOf: shift?.(options, asking),
      layoutKey: keyOfLayout(options.layout),
    };
    last = { options, made };
    return made;
  };
}

function keyOfLayout(layout: AskOptions['layout']): number {
  const different = differentLayout(layout);
  if (!different) return 0;
  const { slots, order, list, punctuation } = different;
  return createHash('sha256').update([slots, order, list, punctuation].join(' ')).digest().readUInt32BE();
}

type ShiftOf = (options: AskOptions, asking: Asking) => NonNullable<OracleAsking['logitsOf']>;

function shifter(scenario: Vocabulary, { shifts, seed }: PlantedShifts): ShiftOf {
  const { actions, phrases } = scenario;
  const drawn = new Map<string, number>();
  /** The shift of a level in units of its law's standard deviation: the same wherever the level is asked. */
  const draw = (term: number, level: string): number => {
    const key = `${term} ${level}`;
    let value = drawn.get(key);
    if (value === undefined) {
      const part = createHash('sha256').update(key).digest().readUInt32BE();
      const random = sequence(seed, 'plantedShifts', part);
      // A standard normal number from two uniform ones (Box & Muller, 1958).
      value = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      drawn.set(key, value);
    }
    return value;
  };
  const terms = shifts.map(({ phrase, action, ...rest }) => ({
    ...rest,
    phrase: phrase === undefined ? undefined : phrases.indexOf(phrase),
    moves: actions.map((name, a) => a > 0 && (action === undefined || name === action)),
  }));
  return (options, asking) => {
    const levels = levelsOf(options, asking);
    const held = terms.flatMap(({ facet, level, phrase, moves, size }, term) => {
      if (level !== undefined && level !== levels[facet]) return [];
      return [{ phrase, moves, logits: level === undefined ? size * draw(term, levels[facet]) : size }];
    });
    return (shown) => {
      const moved = new Array<number>(actions.length).fill(0);
      for (const { phrase, moves, logits } of held)
        if (phrase === undefined || shown.includes(phrase))
          for (let a = 1; a < moved.length; a++) if (moves[a]) moved[a]! += logits;
      return moved;
    };
  };
}

function levelsOf({ paraphrase = 0, layout }: AskOptions, { elicit, temperature }: Asking): Record<ShiftFacet, string> {
  const { slots, order, list, punctuation } = layoutOf(layout);
  return {
    ...{ paraphrase: String(paraphrase), slots, order, list, punctuation },
    ...{ elicit, temperature: String(temperature) },
    wording: [paraphrase, slots, order, list, punctuation].join(' '),
  };
}

function shiftOf(key: string, size: number, { id, phrases, actions }: Vocabulary): PlantedShift {
  const at = key.lastIndexOf('@');
  const action = at >= 0 && (actions.includes(key.slice(at + 1)) || !key.slice(at).includes('*')) ? key.slice(at + 1) : undefined; // biome-ignore format: one line
  const rest = action === undefined ? key : key.slice(0, at);
  const star = rest.indexOf('*');
  const phrase = star < 0 ? undefined : rest.slice(star + 1);
  const [name = '', level] = (star < 0 ? rest : rest.slice(0, star)).split(':') as [string, string?];
  const facet = shiftFacets.find((known) => known === name);
  if (facet === undefined) throw unknown('facet of a shift', name, shiftFacets);
  if (phrase !== undefined && !phrases.includes(phrase)) throw unknown(`phrase of ${id}`, phrase, phrases);
  if (action !== undefined && !actions.slice(1).includes(action))
    throw unknown(`action of ${id} beside the first`, action, actions.slice(1));
  return {
    facet,
    ...(level !== undefined && { level }),
    ...(phrase !== undefined && { phrase }),
    ...(action !== undefined && { action }),
    size,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const wrong = (message: string) => new UnderstudyError('POLICY_ARGUMENT', message);

function unknown(kind: string, name: string, known: readonly string[]): UnderstudyError {
  const near = suggestion(name, known);
  return wrong(`unknown ${kind}: ${name || '""'} (known: ${known.join(', ')})${near ? `; did you mean ${near}?` : ''}`);
}
