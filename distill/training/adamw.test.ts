import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AdamW } from './adamw.ts';

type Numbers = Record<string, number[]>;
interface Fixture {
  source: string;
  steps: number;
  initial: Numbers;
  gradients: Record<string, number[][]>;
  cases: {
    setting: { learningRate: number; beta1: number; beta2: number; epsilon: number; weightDecay: number };
    parameters: Record<string, number[][]>;
  }[];
}
const fixture = JSON.parse(readFileSync(new URL('fixtures/adamw-torch.json', import.meta.url), 'utf8')) as Fixture;

const startOf = (initial: Numbers) =>
  Object.fromEntries(Object.entries(initial).map(([name, values]) => [name, Float64Array.from(values)]));
const gradientsAt = (step: number) =>
  Object.fromEntries(Object.entries(fixture.gradients).map(([name, steps]) => [name, steps[step]!]));

describe('AdamW', () => {
  it.each(fixture.cases)('follows the trajectory of torch.optim.AdamW at $setting', ({ setting, parameters }) => {
    const theta = startOf(fixture.initial);
    const optimizer = new AdamW(setting);
    for (let step = 0; step < fixture.steps; step++) {
      optimizer.step(theta, gradientsAt(step));
      for (const [name, expected] of Object.entries(parameters))
        expected[step]!.forEach((value, i) => {
          expect(Math.abs(theta[name]![i]! - value), `${name}[${i}] after step ${step + 1}`).toBeLessThan(1e-12);
        });
    }
    expect(optimizer.steps).toBe(fixture.steps);
  });

  it('takes the step of its example', () => {
    const theta = Float64Array.of(1);
    new AdamW({ learningRate: 0.1, weightDecay: 0.5 }).step({ theta }, { theta: [2] });
    expect(theta[0]).toBeCloseTo(0.8500000005, 10);
  });

  it('continues from its state as if it had never stopped', () => {
    const { setting } = fixture.cases[0]!;
    const [whole, halves] = [startOf(fixture.initial), startOf(fixture.initial)];
    const optimizer = new AdamW(setting);
    const first = new AdamW(setting);
    const second = new AdamW(setting);
    for (let step = 0; step < 20; step++) {
      optimizer.step(whole, gradientsAt(step));
      if (step === 7) second.state = first.state;
      (step < 7 ? first : second).step(halves, gradientsAt(step));
    }
    expect(halves).toEqual(whole);
  });

  it('lets only the named parameters decay', () => {
    const theta = { weight: Float64Array.of(1), bias: Float64Array.of(1) };
    new AdamW({ learningRate: 0.1, weightDecay: 0.5, decays: (name) => name === 'weight' }).step(theta, {
      weight: [0],
      bias: [0],
    });
    expect(theta.weight[0]).toBeCloseTo(0.95, 12);
    expect(theta.bias[0]).toBe(1);
  });

  it('takes the learning rate of a schedule', () => {
    const theta = Float64Array.of(1);
    new AdamW({ learningRate: 1, weightDecay: 0 }).step({ theta }, { theta: [3] }, 0.25);
    expect(theta[0]).toBeCloseTo(0.75, 6);
  });

  it('refuses settings out of range and gradients that fit no parameter', () => {
    expect(() => new AdamW({ beta2: 1 })).toThrow('beta2 must be in [0, 1), got 1');
    expect(() => new AdamW({ learningRate: -1 })).toThrow('learningRate must be 0 or more, got -1');
    expect(() => new AdamW().step({ a: Float64Array.of(1) }, { a: [1, 2] })).toThrow(
      'the gradient of a has 2 numbers, the parameter 1',
    );
    expect(() => new AdamW().step({}, { b: [1] })).toThrow(
      'the gradient of b has 1 numbers, the parameter does not exist',
    );
  });
});
