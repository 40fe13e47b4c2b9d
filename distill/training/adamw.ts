/** Numbers that are learned, by name. */
export type Parameters = Readonly<Record<string, Float32Array | Float64Array>>;

export interface AdamWSettings {
  /** Default .001. */
  readonly learningRate?: number;
  /** Decay of the mean of gradients; default .9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients; default .999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Share of a parameter that a step at learning rate 1 takes away; default .01. */
  readonly weightDecay?: number;
  /** Which parameters decay; default all. Biases and norms are usually left out. */
  readonly decays?: (name: string) => boolean;
}

/** What AdamW remembers between steps. */
export interface AdamWState {
  readonly step: number;
  readonly means: Readonly<Record<string, Float64Array>>;
  readonly squares: Readonly<Record<string, Float64Array>>;
}

/**
 * Adam with decoupled weight decay: θ ← θ − η·λ·θ − η·m̂ / (√v̂ + ε).
 * Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019, in the form of torch.optim.AdamW.
 * Works in place on plain arrays, so that it is the same on every backend and its state can be written to a file.
 * @example
 * const theta = Float64Array.of(1);
 * new AdamW({ learningRate: 0.1, weightDecay: 0.5 }).step({ theta }, { theta: [2] });
 * theta[0] // => 0.8500000005
 */
export class AdamW {
  readonly settings: Required<AdamWSettings>;
  #step = 0;
  #means: Record<string, Float64Array> = {};
  #squares: Record<string, Float64Array> = {};

  constructor(settings: AdamWSettings = {}) {
    this.settings = {
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.01,
      decays: () => true,
      ...settings,
    };
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this.settings;
    const require = (name: string, value: number, ok: boolean, range: string) => {
      if (!ok) throw new RangeError(`${name} must be ${range}, got ${value}`);
    };
    require('learningRate', learningRate, learningRate >= 0, '0 or more');
    require('beta1', beta1, beta1 >= 0 && beta1 < 1, 'in [0, 1)');
    require('beta2', beta2, beta2 >= 0 && beta2 < 1, 'in [0, 1)');
    require('epsilon', epsilon, epsilon >= 0, '0 or more');
    require('weightDecay', weightDecay, weightDecay >= 0, '0 or more');
  }

  /** Steps taken. */
  get steps(): number {
    return this.#step;
  }

  /**
   * Moves every parameter that has a gradient.
   * @param learningRate of this step, for a schedule; default the one of the settings
   * @throws {RangeError} if a gradient has no parameter, or another size than its parameter
   */
  step(
    parameters: Parameters,
    gradients: Readonly<Record<string, ArrayLike<number>>>,
    learningRate = this.settings.learningRate,
  ): void {
    for (const [name, gradient] of Object.entries(gradients))
      if (parameters[name]?.length !== gradient.length)
        throw new RangeError(
          `the gradient of ${name} has ${gradient.length} numbers, the parameter ${parameters[name]?.length ?? 'does not exist'}`,
        );
    this.#step++;
    const { beta1, beta2, epsilon, weightDecay, decays } = this.settings;
    const rate = learningRate / (1 - beta1 ** this.#step);
    const correction = 1 / Math.sqrt(1 - beta2 ** this.#step);
    const [rest1, rest2] = [1 - beta1, 1 - beta2];
    for (const [name, gradient] of Object.entries(gradients)) {
      const parameter = parameters[name]!;
      const means = (this.#means[name] ??= new Float64Array(parameter.length));
      const squares = (this.#squares[name] ??= new Float64Array(parameter.length));
      const keep = decays(name) ? 1 - learningRate * weightDecay : 1;
      for (let i = 0; i < parameter.length; i++) {
        const g = gradient[i]!;
        const mean = beta1 * means[i]! + rest1 * g;
        const square = beta2 * squares[i]! + rest2 * g * g;
        means[i] = mean;
        squares[i] = square;
        parameter[i] = parameter[i]! * keep - (rate * mean) / (Math.sqrt(square) * correction + epsilon);
      }
    }
  }

  /** A copy of what it remembers, to continue from later. */
  get state(): AdamWState {
    const copy = (all: Record<string, Float64Array>) =>
      Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.slice()]));
    return { step: this.#step, means: copy(this.#means), squares: copy(this.#squares) };
  }

  set state({ step, means, squares }: AdamWState) {
    const copy = (all: AdamWState['means']) =>
      Object.fromEntries(Object.entries(all).map(([name, values]) => [name, Float64Array.from(values)]));
    this.#step = step;
    this.#means = copy(means);
    this.#squares = copy(squares);
  }
}
