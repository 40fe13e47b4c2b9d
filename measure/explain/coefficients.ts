import { outputsOf } from '../../policies/students/architecture.ts';
import { inputsIn } from '../../policies/students/bag.ts';
import { tensorOf } from '../../policies/students/onnx-format.ts';
import type { Student } from '../../policies/students/open.ts';
import type { Coefficient } from '../../workspace/coefficients.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';

/**
 * The coefficients of a logistic regression, from the weights of its ONNX file; nothing is estimated here.
 * - sigmoid: log(P(a) / (1 − P(a))) is the intercept plus the coefficients of what holds, exactly.
 * - softmax: the same of log(P(a) / P(default action)), one set for each other action: the difference of two columns.
 * - ordinal: K − 1 logistic regressions in one, of the odds that the answer lies above each level but the last, and a
 *   phrase has a weight in each. `logOdds` is their mean, `lowest` and `highest` are their range. Their sign says which
 *   way a phrase moves the answer if all of them share it; P itself, the expected level, is not a logistic function.
 * @returns the intercept, the phrases in canonical order (of rules the terms in theirs), then the pairs of a student that has them, for each action;
 *   undefined if the student is not a single logistic regression
 */
export function coefficientsOf({ config, onnx }: Pick<Student, 'config' | 'onnx'>): Coefficient[] | undefined {
  const { architecture, head, phrases, actions } = config;
  if (architecture.kind !== 'logistic' || architecture.hidden.length > 0) return undefined;
  const inputs = inputsIn(architecture);
  const outputs = outputsOf(head);
  const [weight, bias] = ['output.weight', 'output.bias'].map((name) => tensorOf(onnx, name));
  // An ensemble averages probabilities of several, and a file made elsewhere may be laid out in another way.
  if (String(weight?.shape) !== String([inputs.length, outputs])) return undefined;
  if (String(bias?.shape) !== String([outputs])) return undefined;
  const terms: Pick<Coefficient, 'phrase' | 'beside'>[] = [
    {},
    ...inputs.map(([first, ...others]) => ({
      phrase: phrases[first!]!,
      ...(others.length > 0 && { beside: others.map((other) => phrases[other]).join(', ') }),
    })),
  ];
  return columnsOf(head, actions).flatMap(({ action, weights }) =>
    terms.map((term, i) => {
      const row = i === 0 ? bias!.values : weight!.values.subarray((i - 1) * outputs, i * outputs);
      const values = weights(row);
      return {
        action,
        ...term,
        logOdds: values.reduce((sum, value) => sum + value, 0) / values.length,
        lowest: Math.min(...values),
        highest: Math.max(...values),
      };
    }),
  );
}

interface Columns {
  readonly action: string;
  /** A term's weights for the action's odds, of a row of the last layer's weights. */
  readonly weights: (row: Float32Array) => number[];
}

function columnsOf(head: StudentConfig['head'], actions: readonly string[]): Columns[] {
  if (head.kind === 'softmax')
    return actions.slice(1).map((action, a) => ({ action, weights: (row) => [row[a + 1]! - row[0]!] }));
  return [{ action: actions[1]!, weights: (row) => [...row] }];
}
