import { javascript, python, quoted } from '../../export/literal.ts';
import type { Term } from './regression.ts';

/** A student of rules, as numbers. */
export interface RuleModel {
  readonly phrases: readonly string[];
  readonly actions: readonly string[];
  readonly terms: readonly Term[];
  /** Shape [terms + 1, actions − 1], the intercepts last: log-odds against the first action. */
  readonly coefficients: readonly number[];
}

const digits = (value: number) => value.toFixed(3).replace(/^-0\.000$/, '0.000');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The rules of a student as sentences, the strongest first, a line each. */
export function rulesInWords({ phrases, actions, terms, coefficients }: RuleModel): string[] {
  const m = actions.length - 1;
  return actions.slice(1).flatMap((action, a) => {
    const base = coefficients[terms.length * m + a]!;
    const other = m === 1 ? '' : ` against ${actions[0]}`;
    const alone = 1 / (1 + Math.exp(-base));
    const lines = terms
      .map((term, t) => ({ term, effect: coefficients[t * m + a]! }))
      .filter(({ effect }) => digits(effect) !== '0.000')
      .sort((x, y) => Math.abs(y.effect) - Math.abs(x.effect))
      .map(({ term, effect }) => {
        const factor = Math.exp(Math.abs(effect));
        const how = effect > 0 ? 'multiplies' : 'divides';
        const what = term.map((phrase) => `"${phrases[phrase]}"`);
        const named = what.length === 1 ? what[0]! : `${what.slice(0, -1).join(', ')} with ${what.at(-1)!}`;
        return `- ${capital(named)} ${how} the odds by ${factor.toFixed(2)} (${effect > 0 ? '+' : ''}${digits(effect)}${term.length > 1 ? ', beside what each does' : ''}).`;
      });
    return [
      `The odds of ${action}${other} are ${Math.exp(base).toFixed(2)} where none of this holds (log-odds ${digits(base)}${m === 1 ? `, P = ${alone.toFixed(3)}` : ''}).`,
      ...lines,
    ];
  });
}

/** A document: the rules in words, in TypeScript and in Python. */
export function rulesText(model: RuleModel, title: string): string {
  const { phrases, actions, terms, coefficients } = model;
  const m = actions.length - 1;
  const rows = (text: (phrase: string) => string) =>
    terms.map((term, t) => ({
      held: term.map((phrase) => text(phrases[phrase]!)),
      effects: Array.from({ length: m }, (_, a) => coefficients[t * m + a]!),
    }));
  const bases = coefficients.slice(-m);
  const ts = (text: string) => quoted(text, javascript);
  const py = (text: string) => quoted(text, python);
  return `# Rules of ${title}

${rulesInWords(model).join('\n')}

## TypeScript

\`\`\`ts
/** P of each action for somebody for whom these phrases hold: ${actions.length} numbers that sum to 1. */
export function probabilities(held: ReadonlySet<string>): Record<string, number> {
  const odds = [0, ${bases.join(', ')}];
  const where = (phrases: readonly string[], ...effects: readonly number[]) => {
    if (phrases.every((phrase) => held.has(phrase))) effects.forEach((effect, a) => (odds[a + 1]! += effect));
  };
${rows(ts)
  .map(({ held, effects }) => `  where([${held.join(', ')}], ${effects.join(', ')});`)
  .join('\n')}
  const weights = odds.map(Math.exp);
  const sum = weights.reduce((a, b) => a + b);
  return Object.fromEntries([${actions.map(ts).join(', ')}].map((action, a) => [action, weights[a]! / sum]));
}
\`\`\`

## Python

\`\`\`python
from math import exp

def probabilities(held):
    """P of each action for somebody for whom these phrases hold."""
    held = set(held)
    odds = [0.0, ${bases.join(', ')}]
    for phrases, *effects in [
${rows(py)
  .map(({ held, effects }) => `        ({${held.join(', ')}}, ${effects.join(', ')}),`)
  .join('\n')}
    ]:
        if phrases <= held:
            odds = [odds[0]] + [o + e for o, e in zip(odds[1:], effects)]
    weights = [exp(o) for o in odds]
    return {action: w / sum(weights) for action, w in zip([${actions.map(py).join(', ')}], weights)}
\`\`\`
`;
}
