import type { StudyFiles } from './study-files.ts';

/** A study with the effects on one action only. */
export interface ExplainedAction {
  readonly action: string;
  readonly study: StudyFiles;
}

/**
 * The actions that phrases were explained for: first the one that most models were, then in the order of the scenario.
 * Effects that do not say their action are of the first one beside the default.
 * @param actions of the scenario
 */
export function explainedActions(study: StudyFiles, actions: readonly string[]): ExplainedAction[] {
  const { effects = [] } = study;
  const of = (action: string) => effects.filter((row) => (row.action ?? actions[1]) === action);
  const models = (action: string) => new Set(of(action).map(({ model }) => model)).size;
  const known = actions.filter((action) => models(action) > 0);
  const [main] = [...known].sort((a, b) => models(b) - models(a));
  return [...(main === undefined ? [] : [main]), ...known.filter((action) => action !== main)].map((action) => ({
    action,
    study: { ...study, effects: of(action) },
  }));
}

/** The first of them; without effects, the first action beside the default. */
export const mainExplained = (study: StudyFiles, actions: readonly string[]): ExplainedAction =>
  explainedActions(study, actions)[0] ?? { action: actions[1]!, study };
