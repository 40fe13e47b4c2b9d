import { type DescribePolicyOptions, describePolicy as describePolicyOf } from '../policies/conformance.ts';
import { type OpenPolicyOptions, openPolicy as openPolicyOf, openTeacher as openTeacherOf } from '../policies/open.ts';
import type { Policy, Teacher } from '../policies/policy.ts';
import { defaultScenario as iceCream } from './default-scenario.ts';

export { openScenario } from './open-scenario.ts';

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
