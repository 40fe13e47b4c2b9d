import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { suggestion } from '../env/suggestion.ts';
import { type DescribePolicyOptions, describePolicy as describePolicyOf } from '../policies/conformance.ts';
import { type OpenPolicyOptions, openPolicy as openPolicyOf, openTeacher as openTeacherOf } from '../policies/open.ts';
import type { Policy, Teacher } from '../policies/policy.ts';
import { shippedNames } from './default-world.ts';
import { iceCream } from './ice-cream-v1/scenario.ts';
import { iceCreamQueue } from './ice-cream-v2/scenario.ts';
import type { Parameters } from './load.ts';
import { mobilityTown } from './mobility-v1/scenario.ts';

/** The worlds that ship with the package. */
const shipped: Readonly<Record<(typeof shippedNames)[number], (parameters: Parameters) => Vocabulary>> = {
  'ice-cream-v1': () => iceCream,
  'ice-cream-v2': () => iceCreamQueue,
  'mobility-v1': mobilityTown,
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
    const scenario = shipped[own](parameters);
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

/** The world in which a policy is opened when none is named. */
type InTown<T extends { readonly scenario: unknown }> = Omit<T, 'scenario'> & Partial<Pick<T, 'scenario'>>;

/**
 * Opens a policy by name: a teacher, `student:NAME`, a path to `.onnx`, `constant:P` or `uniform`.
 * @param options `scenario` defaults to the ice-cream town
 * @throws {UnderstudyError} POLICY_UNKNOWN naming the known, POLICY_FILE, POLICY_ARGUMENT, TEACHER_UNSUPPORTED
 * @example await using policy = await openPolicy('constant:0.3')
 */
export const openPolicy = (name: string, options: InTown<OpenPolicyOptions> = {}): Promise<Policy> =>
  openPolicyOf(name, { scenario: iceCream, ...options });

/**
 * Opens a teacher by name: a model of the table (`tiny`, `gemma-3-4b`, …) or pulled under a name of its own, `gguf:PATH`,
 * `server:URL#MODEL`, `recorded:FILE` or `oracle`.
 * @param options `scenario` defaults to the ice-cream town
 * @throws {UnderstudyError} as openPolicy does
 */
export const openTeacher = (name: string, options: InTown<OpenPolicyOptions> = {}): Promise<Teacher> =>
  openTeacherOf(name, { scenario: iceCream, ...options });

/**
 * The suite that every policy passes, for any test runner with `describe` and `it` (Vitest, node:test, Jest, Mocha).
 * @param options `scenario` defaults to the ice-cream town
 * @throws {TypeError} if there is no `describe` and `it`
 * @example describePolicy('constant', () => openPolicy('constant:0.3'));
 */
export const describePolicy = (
  name: string,
  open: () => Policy | Promise<Policy>,
  options: InTown<DescribePolicyOptions> = {},
): void => describePolicyOf(name, open, { scenario: iceCream, ...options });
