import type { Vocabulary } from '../env/scenario.ts';
import { UsageError, type Values } from './options.ts';
import type { commonOptions, scenarioOptions } from './verb.ts';

/**
 * The scenario that a verb is given as its argument, otherwise that of `--scenario` or of the workspace.
 * @throws {UsageError} if both are given; what openScenario and openStudy throw
 */
export async function namedScenario(
  verb: string,
  [name]: readonly string[],
  { workspace, scenario, set }: Values<typeof commonOptions & typeof scenarioOptions>,
): Promise<Vocabulary> {
  if (name !== undefined && scenario !== undefined)
    throw new UsageError(`${verb} takes one scenario, got ${name} and --scenario ${scenario}`, verb);
  const [{ openStudy }, { openScenario }] = await Promise.all([
    import('../scenarios/study.ts'),
    import('../scenarios/open.ts'),
  ]);
  const parameters = Object.fromEntries(set.map(({ name, value }) => [name, value]));
  if (name !== undefined) return openScenario(name, { parameters });
  return (await openStudy({ workspace, parameters, ...(scenario !== undefined && { scenario }) })).scenario;
}

/**
 * The scenario with the people of `--population`, if a table is named.
 * @throws {UnderstudyError} SCENARIO_FILE naming the table and what it does not understand
 */
export async function withPopulation<V extends Vocabulary>(
  vocabulary: V,
  { population }: { readonly population: string | undefined },
): Promise<V> {
  if (population === undefined) return vocabulary;
  const { withPeople } = await import('../scenarios/population.ts');
  return withPeople(vocabulary, population);
}
