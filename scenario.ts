/**
 * What a scenario file needs, and nothing else: it loads in a few milliseconds, where the whole package takes a third of a
 * second. `import { defineScenario, mix } from 'understudy/scenario'`.
 */

export { type Chance, type Distribution, type Level, type Mixed, mix, range } from './env/chance.ts';
export type {
  CrowdDeclaration,
  ScenarioDeclaration,
  TraitsDeclaration,
  VocabularyDeclaration,
} from './env/declaration.ts';
export { defineScenario } from './env/define-scenario.ts';
export { type ErrorCode, UnderstudyError } from './env/error.ts';
export type { Parameter, PromptForm, Rule, RuleProbabilities, Scenario, Shown, Vocabulary } from './env/scenario.ts';
export { defineVocabulary } from './env/vocabulary.ts';
