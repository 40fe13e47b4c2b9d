import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { type Head, outputsOf } from '../../policies/students/architecture.ts';
import type { BagArchitecture } from '../../policies/students/bag.ts';
import { onnxOf } from '../../policies/students/onnx.ts';
import { meanOfOnnx } from '../../policies/students/onnx-format.ts';
import { openStudent } from '../../policies/students/open.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { coefficientsText } from '../../workspace/coefficients.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import { coefficientsOf } from './coefficients.ts';

const phrases = ['sweet', 'cheap', 'hot'];
/** A student of three phrases with the weights given, a row for each input. */
function student(head: Head, weight: number[], bias: number[], more: Partial<BagArchitecture> = {}) {
  const architecture = { kind: 'logistic', width: 3, hidden: [], ...more } as BagArchitecture;
  const outputs = outputsOf(head);
  const tensors = [
    { name: 'output.weight', shape: [weight.length / outputs, outputs], values: Float32Array.from(weight) },
    { name: 'output.bias', shape: [outputs], values: Float32Array.from(bias) },
  ];
  const actions = head.kind === 'softmax' ? ['skip', 'buy', 'share'] : ['skip', 'buy'];
  const config = { architecture, head, phrases, actions } as unknown as StudentConfig;
  return { config, onnx: onnxOf(architecture, head, tensors, {}) };
}
const one = (logOdds: number) => ({ logOdds, lowest: logOdds, highest: logOdds });

describe('the coefficients of a logistic regression', () => {
  it('are its weights, after the intercept', () => {
    expect(coefficientsOf(student({ kind: 'sigmoid' }, [0.5, -1, 2], [-0.25]))).toEqual([
      { action: 'buy', ...one(-0.25) },
      { action: 'buy', phrase: 'sweet', ...one(0.5) },
      { action: 'buy', phrase: 'cheap', ...one(-1) },
      { action: 'buy', phrase: 'hot', ...one(2) },
    ]);
  });

  it('of pairs come after those of phrases, in the order of the inputs', () => {
    const found = coefficientsOf(
      student({ kind: 'sigmoid' }, [0, 0, 0, 0.5, -0.5, 0.25], [0], { interactions: true }),
    )!;
    expect(found.slice(4)).toEqual([
      { action: 'buy', phrase: 'sweet', beside: 'cheap', ...one(0.5) },
      { action: 'buy', phrase: 'sweet', beside: 'hot', ...one(-0.5) },
      { action: 'buy', phrase: 'cheap', beside: 'hot', ...one(0.25) },
    ]);
  });

  it('of an ordinal head are the mean over its thresholds, with the smallest and the largest', () => {
    const head: Head = { kind: 'ordinal', levels: [0, 0.25, 0.5, 1] };
    const [intercept, sweet, cheap] = coefficientsOf(student(head, [1, 2, 6, -1, 0, 1, 0, 0, 0], [3, 0, -3]))!;
    expect(intercept).toEqual({ action: 'buy', logOdds: 0, lowest: -3, highest: 3 });
    expect(sweet).toEqual({ action: 'buy', phrase: 'sweet', logOdds: 3, lowest: 1, highest: 6 });
    expect(cheap).toEqual({ action: 'buy', phrase: 'cheap', logOdds: 0, lowest: -1, highest: 1 });
  });

  it('of several actions are those of each against the default one', () => {
    const found = coefficientsOf(student({ kind: 'softmax', actions: 3 }, [1, 2, 4, 0, 0, 0, 0, 0, 0], [0.5, 0, 1]))!;
    expect(found).toHaveLength(8);
    expect(found.filter(({ phrase }) => phrase === 'sweet')).toEqual([
      { action: 'buy', phrase: 'sweet', ...one(1) },
      { action: 'share', phrase: 'sweet', ...one(3) },
    ]);
    expect(found[4]).toEqual({ action: 'share', ...one(0.5) });
  });

  it('add up to the log-odds that the student answers with', async () => {
    await using logistic = await openStudent('logistic', { scenario: iceCream, workspace: 'an/empty/place' });
    const found = coefficientsOf(logistic)!;
    const mask = 0b10010000001;
    const { probabilities } = await logistic.decide(observations(iceCream, [mask]));
    const sum = found
      .filter(({ phrase }) => phrase === undefined || (mask >>> iceCream.phrases.indexOf(phrase)) & 1)
      .reduce((total, { logOdds }) => total + logOdds, 0);
    expect(Math.log(probabilities[1]! / probabilities[0]!)).toBeCloseTo(sum, 5);
  });

  it('are none for what is no single logistic regression', async () => {
    const single = student({ kind: 'sigmoid' }, [0.5, -1, 2], [-0.25]);
    expect(coefficientsOf({ ...single, onnx: meanOfOnnx([single.onnx, single.onnx], {}) })).toBeUndefined();
    await using mlp = await openStudent('mlp', { scenario: iceCream, workspace: 'an/empty/place' });
    expect(coefficientsOf(mlp)).toBeUndefined();
  });

  it('are a line each in a table, the intercept without a phrase', () => {
    const rows = [
      { model: 'logistic', action: 'buy', ...one(-0.25) },
      { model: 'logistic', action: 'buy', phrase: 'sweet', beside: 'hot, sunny', ...one(0.5) },
    ];
    expect(coefficientsText(rows)).toBe(
      'model,action,phrase,beside,log_odds,lowest,highest\nlogistic,buy,,,-0.25,-0.25,-0.25\nlogistic,buy,sweet,"hot, sunny",0.5,0.5,0.5\n',
    );
  });
});
