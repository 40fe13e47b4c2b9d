import { defineScenario } from '../../env/define-scenario.ts';
import { fromPhrases, type Observations } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import type { Scenario } from '../../env/scenario.ts';

/** Columns of a conjoint study: of each alternative, and of the person. */
const attributes = {
  price: ['10', '20', '30', '40'],
  brand: ['Alto', 'Brio', 'Coda', 'Duo'],
  delivery: ['today', 'tomorrow', 'next week'],
} as const;
const persons = {
  age: ['young', 'middle-aged', 'old'],
  income: ['low income', 'middle income', 'high income'],
  place: ['city', 'country'],
} as const;
type Attribute = keyof typeof attributes;
type Person = keyof typeof persons;
const attributeNames = Object.keys(attributes) as Attribute[];
const personNames = Object.keys(persons) as Person[];

/** What the choices depend on beside the attributes. */
export const plans = ['attributes', 'few interactions', 'many interactions'] as const;
export type Plan = (typeof plans)[number];

/** Choices whose law is known. */
export interface PlantedChoices {
  readonly observations: Observations;
  /** 1 where B was taken. */
  readonly taken: Uint8Array;
  /** P(B) by the law that the choices were drawn from, people's own tastes included. */
  readonly truth: Float64Array;
  /** Which person made each choice. */
  readonly person: Uint32Array;
  readonly rows: readonly { traits: string[]; context: string[]; action: string; unit: string }[];
}

export interface PlantedOptions {
  readonly plan: Plan;
  readonly seed: number;
  readonly people: number;
  /** Choices a person. */
  readonly choices: number;
  /** Numbers the people: two calls with different ones have different people under one law. */
  readonly part: number;
}

const sides = ['A', 'B'] as const;
type Side = (typeof sides)[number];
const phraseOf = (side: Side, attribute: Attribute, level: string) => `${side}: ${attribute} ${level}`;
const pairsWithin = (phrases: readonly string[]) =>
  phrases.flatMap((one, i) => phrases.slice(i + 1).map((other) => [one, other] as const));

/** The vocabulary of the study as a scenario: 8 traits, and 22 contexts such as "A: price 10". */
export function plantedScenario(): Scenario {
  const columns = sides.flatMap((side) => attributeNames.map((attribute) => ({ side, attribute })));
  const contexts = columns.flatMap(({ side, attribute }) =>
    attributes[attribute].map((level) => [
      phraseOf(side, attribute, level),
      (now: Record<string, unknown>) => now[side + attribute] === level,
    ]),
  );
  const agent = columns.map(({ side, attribute }) => [
    side + attribute,
    {
      levels: [...attributes[attribute]],
      start: attributes[attribute][0],
      next: (now: Record<string, unknown>) => now[side + attribute],
    },
  ]);
  return defineScenario({
    id: 'planted-choices-v1',
    actions: ['A', 'B'],
    horizon: 1,
    discount: 1,
    traits: {
      phrases: personNames.flatMap((name): readonly string[] => persons[name]),
      conflicts: personNames.flatMap((name) => pairsWithin(persons[name])),
    },
    contexts: Object.fromEntries(contexts) as Record<string, () => boolean>,
    contextConflicts: columns.flatMap(({ side, attribute }) =>
      pairsWithin(attributes[attribute].map((level) => phraseOf(side, attribute, level))),
    ),
    world: {},
    agent: Object.fromEntries(agent) as Record<string, never>,
    reward: () => 0,
  }) as Scenario;
}

/** Utilities of a law: of each level of each attribute, and for whom it is another. */
function lawOf(plan: Plan, seed: number) {
  const random = sequence(seed, 'training', 1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const main = new Map<string, number>();
  for (const attribute of attributeNames) for (const level of attributes[attribute]) main.set(level, 0.6 * normal());
  // Dearer is worse, for everybody.
  attributes.price.forEach((level, i) => main.set(level, 0.6 - 0.4 * i + 0.1 * normal()));
  const together = new Map<string, number>();
  for (const name of personNames)
    for (const who of persons[name])
      for (const attribute of attributeNames) {
        const planted =
          plan === 'many interactions' ||
          (plan === 'few interactions' &&
            ((name === 'income' && attribute === 'price') || (name === 'age' && attribute === 'brand')));
        const size = plan === 'many interactions' ? 0.25 : 0.6;
        for (const level of attributes[attribute]) if (planted) together.set(`${who}|${level}`, size * normal());
      }
  return (who: readonly string[], level: string) =>
    main.get(level)! + who.reduce((sum, one) => sum + (together.get(`${one}|${level}`) ?? 0), 0);
}

/**
 * Choices between two alternatives by people whose taste is the law's and a little of their own (standard deviation .3 a
 * level), who prefer what is shown first by .15.
 */
export function plantedChoices(
  scenario: Scenario,
  { plan, seed, people, choices, part }: PlantedOptions,
): PlantedChoices {
  const law = lawOf(plan, seed);
  const random = sequence(seed, 'training', 2 + part);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const rows: PlantedChoices['rows'][number][] = [];
  const truth: number[] = [];
  const person: number[] = [];
  for (let p = 0; p < people; p++) {
    const traits = personNames.map((name) => one<string>(persons[name]));
    const own = new Map(
      attributeNames.flatMap((attribute) => attributes[attribute].map((level) => [level as string, 0.3 * normal()])),
    );
    for (let c = 0; c < choices; c++) {
      const shown = sides.map((side) =>
        attributeNames.map((attribute) => ({ side, attribute, level: one<string>(attributes[attribute]) })),
      );
      const [a, b] = shown.map((levels) =>
        levels.reduce((sum, { level }) => sum + law(traits, level) + own.get(level)!, 0),
      ) as [number, number];
      const likely = 1 / (1 + Math.exp(a + 0.15 - b));
      truth.push(likely);
      person.push(p);
      rows.push({
        traits,
        context: shown.flat().map(({ side, attribute, level }) => phraseOf(side, attribute, level)),
        action: random() < likely ? 'B' : 'A',
        unit: `person ${part}-${p}`,
      });
    }
  }
  return {
    observations: fromPhrases(scenario, rows),
    taken: Uint8Array.from(rows, ({ action }) => (action === 'B' ? 1 : 0)),
    truth: Float64Array.from(truth),
    person: Uint32Array.from(person),
    rows,
  };
}
