import { UnderstudyError } from '../env/error.ts';
import type { Scenario } from '../env/scenario.ts';

/** What a run, its policies and its records take for granted of a world, in words: its laws, rewards and predicates are not among it. */
const parts: readonly (readonly [what: string, of: (scenario: Scenario) => unknown])[] = [
  ['its name', ({ id }) => id],
  ['the actions', ({ actions }) => actions],
  [
    'the traits',
    ({ traits, groups, conflicts }) => [traits, groups.filter(({ kind }) => kind === 'traits'), conflicts],
  ],
  ['the contexts', ({ contexts, groups }) => [contexts, groups.filter(({ kind }) => kind === 'contexts')]],
  [
    'who lives in it',
    ({ traitLaw, population }) => [traitLaw.map(({ sets, weights }) => [[...sets], [...weights]]), population],
  ],
  ['the wording of its questions', ({ prompt }) => prompt],
  [
    'the levels of its factors',
    ({ world, agent }) =>
      [world, agent].map((group) =>
        group.map(({ name, levels, neighbours }) => [name, levels, neighbours !== undefined]),
      ),
  ],
  ['its crowd factors', ({ crowd }) => crowd.map(({ name, levels, by, start }) => [name, levels, by, start])],
  ['its network', ({ network }) => network],
  ['its days', ({ ticksPerDay, horizon }) => [ticksPerDay, horizon]],
  ['its map', ({ map }) => map],
  ['what is measured', ({ measures }) => Object.keys(measures)],
];

/** What differs between two worlds so that a run of the one cannot go on in the other; undefined if it can. */
export function differenceInShape(now: Scenario, next: Scenario): string | undefined {
  return parts.find(([, of]) => JSON.stringify(of(now)) !== JSON.stringify(of(next)))?.[0];
}

/** @throws {UnderstudyError} SIMULATION_SHAPE if a run of the one world cannot go on in the other, saying why */
export function requireSameShape(now: Scenario, next: Scenario): void {
  const difference = differenceInShape(now, next);
  if (difference)
    throw new UnderstudyError(
      'SIMULATION_SHAPE',
      `a run of ${now.id} cannot go on in this world, since ${difference} would change; begin anew in it`,
    );
}
