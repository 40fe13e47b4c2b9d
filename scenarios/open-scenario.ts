import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { suggestion } from '../env/suggestion.ts';
import { shippedNames } from './default-world.ts';
import type { Parameters } from './load.ts';

/** The worlds that ship with the package. Each is compiled when it is opened, which takes longer than a short run. */
const shipped: Readonly<Record<(typeof shippedNames)[number], (parameters: Parameters) => Promise<Vocabulary>>> = {
  'ice-cream-v1': async () => (await import('./ice-cream-v1/scenario.ts')).iceCream,
  'ice-cream-v2': async () => (await import('./ice-cream-v2/scenario.ts')).iceCreamQueue,
  'mobility-v1': async (parameters) => (await import('./mobility-v1/scenario.ts')).mobilityTown(parameters),
};

/**
 * Opens a scenario: one that ships with the package by its name, a module of somebody's own, which it runs, or a vocabulary
 * in a .json file.
 * @param name NAME, or FILE with .js, .mjs, .cjs, .ts, .mts, .cts or .json, and #EXPORT if it is not the default export
 * @param options `parameters` by name, for an export that is a function of them
 * @throws {UnderstudyError} SCENARIO_FILE naming the known, or the file, the line and what to do
 * @example await openScenario('ice-cream-v1')
 */
export async function openScenario(name: string, options: { parameters?: Parameters } = {}): Promise<Vocabulary> {
  const { parameters = {} } = options;
  const own = shippedNames.find((known) => known === name);
  if (own) {
    const scenario = await shipped[own](parameters);
    const first = Object.keys(parameters).find((parameter) => !Object.hasOwn(scenario.parameters, parameter));
    const known = Object.keys(scenario.parameters);
    const has = known.length > 0 ? `has the parameters ${known.join(', ')}` : 'has no parameters';
    if (first !== undefined) {
      const near = suggestion(first, known);
      throw new UnderstudyError(
        'SCENARIO_FILE',
        `${name} ${has}, got ${first}${near ? `; did you mean ${near}?` : ''}`,
      );
    }
    return scenario;
  }
  const { file, exportName } = partsOfName(name);
  if (!/[./\\]/.test(file)) {
    const { scenarioFileLike } = await import('./load.ts');
    const near = suggestion(name, shippedNames) ?? (await scenarioFileLike(`./${name || '.'}`));
    throw new UnderstudyError(
      'SCENARIO_FILE',
      `unknown scenario: ${name || '""'} (known: ${shippedNames.join(', ')}, or a file such as ./town.ts)${near ? `; did you mean ${near}?` : ''}`,
    );
  }
  const { loadScenario } = await import('./load.ts');
  return loadScenario(file, { parameters, exportName });
}

/** FILE and EXPORT of FILE#EXPORT: a "#" in a folder's or a file's own name belongs to the file. */
export function partsOfName(name: string): { readonly file: string; readonly exportName?: string } {
  const [, file, exportName] = /^(.+)#([^#./\\]*)$/.exec(name) ?? [];
  return { file: file ?? name, ...(exportName && { exportName }) };
}
