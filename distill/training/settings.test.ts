import { describe, expect, it } from 'vitest';
import { architectureOf, learningRateAt, settingsOf } from './settings.ts';

describe('settings', () => {
  it('give few rows enough steps and many rows enough epochs', () => {
    expect(settingsOf('mlp', 'bce', 64).epochs).toBe(2500);
    expect(settingsOf('mlp', 'bce', 640).epochs).toBe(250);
    expect(settingsOf('mlp', 'bce', 64_000).epochs).toBe(80);
    expect(settingsOf('mlp', 'bce', 640, { epochs: 7 }).epochs).toBe(7);
  });

  it('let the learning rate rise over the first steps and fall along a cosine', () => {
    const settings = { ...settingsOf('mlp', 'bce', 640), learningRate: 1, warmUp: 0.1 };
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(settings, step, 100));
    expect(rates[0]).toBeCloseTo(0.1, 12);
    expect(rates[9]).toBe(1);
    expect(rates[10]).toBe(1);
    expect(rates[55]).toBeCloseTo(0.5, 12);
    expect(rates[99]).toBeLessThan(0.001);
    expect(learningRateAt(settings, 0, 1)).toBe(1);
  });

  it('make an mlp of 2 to 4 hidden layers', () => {
    for (const layers of [2, 3, 4]) expect(architectureOf('mlp', 16, { layers })).toMatchObject({ width: 16 });
    expect(() => architectureOf('mlp', 16, { layers: 1 })).toThrow('an mlp has 2 to 4 hidden layers, not 1');
  });
});
