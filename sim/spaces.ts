/** Sets of phrases: an array of n zeros and ones, in the order of the names. */
export interface MultiBinarySpace {
  readonly type: 'multi-binary';
  readonly n: number;
  /** Shape [n]: traits, then contexts. */
  readonly names: readonly string[];
}

/** One of n actions, by its index from 0. */
export interface DiscreteSpace {
  readonly type: 'discrete';
  readonly n: number;
  /** Shape [n]. */
  readonly names: readonly string[];
}

export type Space = MultiBinarySpace | DiscreteSpace;

/** Whether a value belongs to a space. */
export function contains(space: Space, value: unknown): boolean {
  if (space.type === 'discrete')
    return Number.isInteger(value) && (value as number) >= 0 && (value as number) < space.n;
  if (!(value instanceof Uint8Array) && !Array.isArray(value)) return false;
  return value.length === space.n && value.every((bit: unknown) => bit === 0 || bit === 1);
}

/** What an environment says beside the observation. */
export interface EnvironmentInfo {
  /** Shape [k]: 1 for each action that is allowed now. */
  readonly actionMask: Uint8Array;
}

/** What a reset gives. */
export interface ResetResult<Info extends EnvironmentInfo = EnvironmentInfo> {
  /** Shape [phrases]. */
  readonly observation: Uint8Array;
  readonly info: Info;
}

/** What a step gives. */
export interface StepResult<Info extends EnvironmentInfo = EnvironmentInfo> extends ResetResult<Info> {
  readonly reward: number;
  /** Whether the episode ended by a rule of the world. */
  readonly terminated: boolean;
  /** Whether it ended by the clock. */
  readonly truncated: boolean;
}

/**
 * The interface of Gymnasium (Towers et al., "Gymnasium: a standard interface for reinforcement learning environments",
 * 2024), its spaces as data.
 */
export interface Steppable<Info extends EnvironmentInfo = EnvironmentInfo> {
  readonly observationSpace: MultiBinarySpace;
  readonly actionSpace: DiscreteSpace;
  reset(how?: { readonly seed?: number }): ResetResult<Info>;
  /** @throws before a reset, after the episode's end, and for an action that does not exist or is not allowed */
  step(action: number): StepResult<Info>;
}
