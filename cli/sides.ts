import type { Vocabulary } from '../env/scenario.ts';
import { shippedNames } from '../scenarios/default-world.ts';
import { withPopulation } from './named-scenario.ts';
import { type Options, UsageError } from './options.ts';
import type { Work } from './verb.ts';

/** `population=FILE`, unless a parameter has that name. */
const PEOPLE = /^population=(.+)$/;

type SideKind = 'settings' | 'scenario' | 'people';

/** What the name of one of two sides is of: settings of parameters, a scenario, a table of people; otherwise undefined. */
export function kindOfSide({ parameters }: Vocabulary, name: string): SideKind | undefined {
  if (PEOPLE.test(name) && !Object.hasOwn(parameters, 'population')) return 'people';
  if (/^[A-Za-z_][\w-]*=[^,=]+(,[A-Za-z_][\w-]*=[^,=]+)*$/.test(name)) return 'settings';
  if (shippedNames.some((known) => known === name)) return 'scenario';
  return /\.(?:[cm]?[jt]s|json)(?:#[^#./\\]*)?$/.test(name) && !/^\w+:/.test(name) ? 'scenario' : undefined;
}

/**
 * The world of a side.
 * @throws {UsageError} for a value that is not a number; {UnderstudyError} for a parameter that there is not, or a scenario that
 *   cannot be opened
 */
export async function scenarioOfSide(
  name: string,
  kind: SideKind,
  { scenario, reopen, verb }: Pick<Work<Options>, 'reopen'> & { readonly scenario: Vocabulary; readonly verb: string },
): Promise<Vocabulary> {
  if (kind === 'people') return withPopulation(scenario, { population: PEOPLE.exec(name)![1] });
  if (kind === 'scenario') return (await import('../scenarios/open.ts')).openScenario(name);
  const { requireInRange, requireParameter } = await import('../sim/sweep/design.ts');
  const parameters: Record<string, number> = {};
  for (const part of name.split(',')) {
    const [parameter, value] = part.split('=') as [string, string];
    requireParameter(scenario, parameter);
    if (!Number.isFinite(Number(value))) throw new UsageError(`${part}: "${value}" is not a number`, verb);
    requireInRange(scenario, parameter, Number(value));
    parameters[parameter] = Number(value);
  }
  return reopen(parameters);
}
